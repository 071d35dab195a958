import type { Catalogue } from '../translate.ts'

/** German of people's own pages. */
export const germanAccount: Catalogue = {
  'New token': 'Neues Token',
  'Access tokens': 'Zugriffstoken',
  'For programs that cannot sign in. Who holds one is you, until it ends or you revoke it.':
    'Für Programme, die sich nicht anmelden können. Wer eines hat, gilt als Sie, bis es abläuft oder Sie es widerrufen.',
  'You have no access token.': 'Sie haben kein Zugriffstoken.',
  'You have no access token, and your admin does not allow new ones.':
    'Sie haben kein Zugriffstoken, und Ihre Administration erlaubt keine neuen.',
  Token: 'Token',
  'Last used': 'Zuletzt benutzt',
  Clusters: 'Cluster',
  Ends: 'Endet',
  Actions: 'Aktionen',
  '{0} only': 'nur {0}',
  never: 'nie',
  'all of yours': 'alle Ihre',
  'Revoke<span class="sr"> {0}</span>': 'Widerrufen<span class="sr">: {0}</span>',
  'New access token': 'Neues Zugriffstoken',
  'For one program. It is shown once.': 'Für ein Programm. Es wird einmal gezeigt.',
  Name: 'Name',
  'The program that will use it, such as “backup job”.':
    'Das Programm, das es benutzen wird, etwa „Backup“.',
  'Every cluster that I may enter, later ones too':
    'Jeder Cluster, den ich betreten darf, auch spätere',
  'Groups: tick some to leave out the others':
    'Gruppen: Wer einige ankreuzt, lässt die anderen weg',
  'Ends in': 'Endet in',
  Username: 'Benutzername',
  'Present password': 'Jetziges Passwort',
  'This is not your present password.': 'Das ist nicht Ihr jetziges Passwort.',
  'Make token': 'Token erstellen',
  'Back to your account': 'Zurück zu Ihrem Konto',
  'Copy your access token': 'Kopieren Sie Ihr Zugriffstoken',
  '{0}, for every cluster that you may enter, until {1}.':
    '{0}, für jeden Cluster, den Sie betreten dürfen, bis {1}.',
  '{0}, for {1}, until {2}.': '{0}, für {1}, bis {2}.',
  'It is not shown again. Put it where the program reads it, and into no command line: others see those.':
    'Es wird nicht wieder gezeigt. Legen Sie es dort ab, wo das Programm es liest, und in keine Befehlszeile: Die sehen andere.',
  'Access token': 'Zugriffstoken',
  'I have copied it': 'Ich habe es kopiert',
  Account: 'Konto',
  'Kubernetes knows you as <b>{0}</b>.': 'Kubernetes kennt Sie als <b>{0}</b>.',
  Devices: 'Geräte',
  'Revoke all': 'Alle widerrufen',
  'Each place where kubectl or an application is signed in as you. A revoked device gets no new token; one that it has already works for {0} at most.':
    'Jeder Ort, an dem kubectl oder eine Anwendung als Sie angemeldet ist. Ein widerrufenes Gerät bekommt kein neues Token; eines, das es schon hat, gilt noch höchstens {0}.',
  'No device is signed in as you.': 'Kein Gerät ist als Sie angemeldet.',
  'Set up kubectl': 'kubectl einrichten',
  Device: 'Gerät',
  Address: 'Adresse',
  unknown: 'unbekannt',
  '{0}, signed in {1}': '{0}, angemeldet {1}',
  '{0}, signed in {1}; entered {2}': '{0}, angemeldet {1}; betrat {2}',
  'Recent activity': 'Letzte Ereignisse',
  'Nothing yet.': 'Noch nichts.',
  What: 'Was',
  When: 'Wann',
  From: 'Von',
  'Something you did not do? Revoke all devices and access tokens, then <a href="{0}/account/password">change your password</a>.':
    'Etwas davon waren nicht Sie? Widerrufen Sie alle Geräte und Zugriffstoken, dann <a href="{0}/account/password">ändern Sie Ihr Passwort</a>.',
  Profile: 'Profil',
  Edit: 'Bearbeiten',
  'Change password': 'Passwort ändern',
  'E-mail': 'E-Mail',
  verified: 'bestätigt',
  'not verified': 'nicht bestätigt',
  Groups: 'Gruppen',
  'You are in no group.': 'Sie sind in keiner Gruppe.',
  direct: 'direkt',
  'through {0}': 'durch {0}',
  'Your admin decides who is in a group.':
    'Ihre Administration entscheidet, wer in einer Gruppe ist.',
  'There is no cluster that you may enter.': 'Es gibt keinen Cluster, den Sie betreten dürfen.',
  'Confirm your address?': 'Ihre Adresse bestätigen?',
  'Change your address?': 'Ihre Adresse ändern?',
  'For the user <b>{0}</b>.': 'Für das Konto <b>{0}</b>.',
  'New address': 'Neue Adresse',
  '<b>Not you?</b> Close this page: nothing changes without the button.':
    '<b>Nicht Sie?</b> Schließen Sie diese Seite: Ohne den Knopf ändert sich nichts.',
  'Then change your password.': 'Ändern Sie danach Ihr Passwort.',
  'This is my address': 'Das ist meine Adresse',
  'I asked for this': 'Ich habe darum gebeten',
  'Your address is changed': 'Ihre Adresse ist geändert',
  'One side is confirmed': 'Eine Seite ist bestätigt',
  'Mail for your account goes to the new address.': 'Post für Ihr Konto geht an die neue Adresse.',
  'The address changes when the link in the other mailbox is confirmed too.':
    'Die Adresse ändert sich, wenn auch der Link im anderen Postfach bestätigt ist.',
  'Your account': 'Ihr Konto',
  'Kubernetes knows you as <b>{0}</b>. Nobody changes that.':
    'Kubernetes kennt Sie als <b>{0}</b>. Das ändert niemand.',
  'What people read. It gives no right anywhere.': 'Was Menschen lesen. Rechte gibt er nirgends.',
  'Display name': 'Anzeigename',
  'Save name': 'Namen speichern',
  'Where links and notices go. It signs nobody in.':
    'Wohin Links und Nachrichten gehen. Sie meldet niemanden an.',
  'No mail is sent from here. Your admin sets your address.':
    'Von hier wird keine Post verschickt. Ihre Administration setzt Ihre Adresse.',
  '<b>{0}</b> waits for the link in the old mailbox, until {1}.':
    '<b>{0}</b> wartet auf den Link im alten Postfach, bis {1}.',
  '<b>{0}</b> waits for the links in the new and in the old mailbox, until {1}.':
    '<b>{0}</b> wartet auf die Links im neuen und im alten Postfach, bis {1}.',
  '<b>{0}</b> waits for the link in the new mailbox, until {1}.':
    '<b>{0}</b> wartet auf den Link im neuen Postfach, bis {1}.',
  'Withdraw it': 'Zurückziehen',
  'A link goes there and to your present address. It changes when both are confirmed.':
    'Ein Link geht dorthin und an Ihre jetzige Adresse. Sie ändert sich, wenn beide bestätigt sind.',
  'A link goes there. It is yours when you confirm it.':
    'Ein Link geht dorthin. Sie ist die Ihre, wenn Sie ihn bestätigen.',
  'Send links': 'Links senden',
  '<b>You have no recovery codes.</b> If you lose your phone or key, only an admin can let you back in. <a href="{0}/account/recovery-codes">Make new ones</a>.':
    '<b>Sie haben keine Wiederherstellungscodes.</b> Wenn Sie Ihr Telefon oder Ihren Schlüssel verlieren, kann Sie nur die Administration wieder einlassen. <a href="{0}/account/recovery-codes">Neue erstellen</a>.',
  '<b>You have one passkey.</b> If you lose it, you need a recovery code or an admin. <a href="{0}/account/passkeys/new">Add a second one</a>.':
    '<b>Sie haben einen Passkey.</b> Wenn Sie ihn verlieren, brauchen Sie einen Wiederherstellungscode oder die Administration. <a href="{0}/account/passkeys/new">Fügen Sie einen zweiten hinzu</a>.',
  'How you sign in': 'Wie Sie sich anmelden',
  'Add passkey': 'Passkey hinzufügen',
  Way: 'Weg',
  Added: 'Hinzugefügt',
  Passkey: 'Passkey',
  'Change<span class="sr"> passkey {0}</span>': 'Ändern<span class="sr">: Passkey {0}</span>',
  'Change<span class="sr"> one-time codes</span>': 'Ändern<span class="sr">: Einmalcodes</span>',
  'Set up<span class="sr"> one-time codes</span>':
    'Einrichten<span class="sr">: Einmalcodes</span>',
  'One-time codes': 'Einmalcodes',
  'from your authenticator app': 'aus Ihrer Authenticator-App',
  'not set up': 'nicht eingerichtet',
  'none left': 'keiner mehr',
  '{0} left': 'noch {0}',
  'New codes<span class="sr"> for recovery</span>':
    'Neue Codes<span class="sr"> zur Wiederherstellung</span>',
  'Change<span class="sr"> password</span>': 'Ändern<span class="sr">: Passwort</span>',
  Password: 'Passwort',
  'always with a one-time code': 'immer mit einem Einmalcode',
  'on its own': 'allein',
  'For <b>{0}</b>, on this device, a phone or a security key.':
    'Für <b>{0}</b>, auf diesem Gerät, einem Telefon oder einem Sicherheitsschlüssel.',
  'Make the passkey': 'Passkey erstellen',
  'Where it is kept, such as “laptop fingerprint” or “blue key”.':
    'Wo er aufbewahrt ist, etwa „Fingerabdruck Laptop“ oder „blauer Schlüssel“.',
  Kept: 'Aufbewahrt',
  'on several devices, by whoever keeps your passkeys':
    'auf mehreren Geräten, bei wem Ihre Passkeys liegen',
  'on one device or key alone': 'auf einem Gerät oder Schlüssel allein',
  'Change name': 'Namen ändern',
  'Remove this passkey': 'Diesen Passkey entfernen',
  'For <b>{0}</b>, from an authenticator app.': 'Für <b>{0}</b>, aus einer Authenticator-App.',
  'They are set up: your password always asks for one. For another phone, remove them and set them up again.':
    'Sie sind eingerichtet: Ihr Passwort verlangt immer einen. Für ein anderes Telefon entfernen Sie sie und richten sie neu ein.',
  'Remove one-time codes': 'Einmalcodes entfernen',
  'Once they are set up, your password always asks for one. Nobody gets in with your password alone.':
    'Sobald sie eingerichtet sind, verlangt Ihr Passwort immer einen. Mit Ihrem Passwort allein kommt niemand herein.',
  'New recovery codes': 'Neue Wiederherstellungscodes',
  'For <b>{0}</b>; 1 code is left.': 'Für <b>{0}</b>; 1 Code ist übrig.',
  'For <b>{0}</b>; {1} codes are left.': 'Für <b>{0}</b>; {1} Codes sind übrig.',
  'You get ten new ones, and those that you have no longer work.':
    'Sie bekommen zehn neue, und die bisherigen gelten nicht mehr.',
  'Make new codes': 'Neue Codes erstellen',
  'Set up kubectl for {0}': 'kubectl einrichten für {0}',
  'Set up kubectl for <span class="nowrap">{0}</span>':
    'kubectl einrichten für <span class="nowrap">{0}</span>',
  'Three steps, about two minutes. The plugin signs you in once for all your clusters.':
    'Drei Schritte, etwa zwei Minuten. Das Plugin meldet Sie einmal für alle Ihre Cluster an.',
  'What you connect to': 'Womit Sie sich verbinden',
  'API server': 'API-Server',
  Audience: 'Audience',
  'You are': 'Sie sind',
  'Groups sent': 'Gesendete Gruppen',
  'Ask your admin to put you in a group that may enter a cluster.':
    'Bitten Sie Ihre Administration, Sie in eine Gruppe aufzunehmen, die einen Cluster betreten darf.',
  Cluster: 'Cluster',
  'Install the plugin': 'Das Plugin installieren',
  'In a clone of Lanyard’s repository; needs Node 20 or newer':
    'In einem Klon von Lanyards Repository; braucht Node 20 oder neuer',
  'It writes one file, <code>kubectl-lanyard</code>, into <code>~/.local/bin</code>, which must be in your <code>PATH</code>.':
    'Es schreibt eine Datei, <code>kubectl-lanyard</code>, nach <code>~/.local/bin</code>, das in Ihrem <code>PATH</code> sein muss.',
  'Add your clusters to your kubeconfig': 'Ihre Cluster in die kubeconfig aufnehmen',
  'Download lanyard-ca.crt': 'lanyard-ca.crt herunterladen',
  'Lanyard’s own certificate authority. Compare its SHA-256 with your admin’s, and run the command where you saved it.':
    'Lanyards eigene Zertifizierungsstelle. Vergleichen Sie ihr SHA-256 mit dem Ihrer Administration, und führen Sie den Befehl dort aus, wo Sie sie gespeichert haben.',
  'Merges into your kubeconfig, keeps what is there':
    'Ergänzt Ihre kubeconfig und lässt, was da ist',
  'Download kubeconfig': 'kubeconfig herunterladen',
  'Or this cluster in a file of its own, without a secret. Its first login still needs the command above, which tells the plugin whom to trust.':
    'Oder dieser Cluster in einer eigenen Datei, ohne Geheimnis. Ihre erste Anmeldung braucht trotzdem den Befehl oben, der dem Plugin sagt, wem es vertraut.',
  'Check that it works': 'Prüfen, ob es geht',
  'In a terminal': 'In einem Terminal',
  'The second step opens your browser. Over ssh or in a container it prints a code instead. Type it at <a href="{0}/device">{1}{2}/device</a>.':
    'Der zweite Schritt öffnet Ihren Browser. Über ssh oder in einem Container zeigt er stattdessen einen Code. Geben Sie ihn bei <a href="{0}/device">{1}{2}/device</a> ein.',
  'Already using kubelogin?': 'Sie benutzen schon kubelogin?',
  'It works unchanged, with a login for each cluster instead of one for all. No plugin of ours is needed, and no secret is in the file.':
    'Es funktioniert unverändert, mit einer Anmeldung je Cluster statt einer für alle. Unser Plugin ist nicht nötig, und in der Datei steht kein Geheimnis.',
  'Download for kubelogin': 'Für kubelogin herunterladen',
  'If it does not work': 'Wenn es nicht geht',
  'Run <code>kubectl lanyard doctor</code>: it looks for the cause and prints the line to change. Send your admin what it says.':
    'Führen Sie <code>kubectl lanyard doctor</code> aus: Es sucht die Ursache und zeigt die Zeile, die zu ändern ist. Senden Sie Ihrer Administration, was es sagt.',
  'You are signed in, but no RBAC rule lets you do this. Ask your admin, and name the groups above.':
    'Sie sind angemeldet, aber keine RBAC-Regel erlaubt Ihnen das. Fragen Sie Ihre Administration, und nennen Sie die Gruppen oben.',
  'waits for an answer': 'wartet auf Antwort',
  'nobody answered': 'niemand hat geantwortet',
  'approved by {0}': 'bewilligt von {0}',
  'over, approved by {0}': 'vorbei, bewilligt von {0}',
  'refused by {0}': 'abgelehnt von {0}',
  withdrawn: 'zurückgezogen',
  'Membership for a while': 'Mitgliedschaft auf Zeit',
  'Rights that you need now and then: you ask, an owner of the group answers, and it ends by itself.':
    'Rechte, die Sie ab und zu brauchen: Sie bitten darum, wer die Gruppe betreut, antwortet, und es endet von selbst.',
  'Waiting for your answer': 'Wartet auf Ihre Antwort',
  'You approve with your passkey. The membership begins at once and ends by itself.':
    'Sie bewilligen mit Ihrem Passkey. Die Mitgliedschaft beginnt sofort und endet von selbst.',
  'Nobody waits.': 'Niemand wartet.',
  'Who and why': 'Wer und warum',
  Group: 'Gruppe',
  For: 'Dauer',
  Asked: 'Gefragt',
  'Refuse<span class="sr"> {0} in {1}</span>': 'Ablehnen<span class="sr">: {0} in {1}</span>',
  'Approve<span class="sr"> {0} in {1}</span>': 'Bewilligen<span class="sr">: {0} in {1}</span>',
  'Ask to be in a group': 'Um Aufnahme in eine Gruppe bitten',
  'There is no group that you may ask for.': 'Es gibt keine Gruppe, um die Sie bitten dürfen.',
  '{0} (at most {1})': '{0} (höchstens {1})',
  '{0}: {1} (at most {2})': '{0}: {1} (höchstens {2})',
  Reason: 'Grund',
  'Whoever answers reads it, and it stays in the audit log.':
    'Wer antwortet, liest ihn, und er bleibt im Audit-Log.',
  Ask: 'Anfragen',
  'Your requests': 'Ihre Anfragen',
  'You have asked for nothing yet.': 'Sie haben noch um nichts gebeten.',
  'Group and reason': 'Gruppe und Grund',
  State: 'Stand',
  'ends {0}': 'endet {0}',
  'Withdraw<span class="sr"> {0}</span>': 'Zurückziehen<span class="sr">: {0}</span>',
  'Groups that you look after': 'Gruppen, die Sie betreuen',
  'You may add and remove their members, and nothing else.':
    'Sie dürfen deren Mitglieder hinzufügen und entfernen, sonst nichts.',
  'You are the first admin. Add a first cluster next, on the admin’s pages.':
    'Sie sind die erste Administration. Fügen Sie als Nächstes auf deren Seiten einen ersten Cluster hinzu.',
  'Your password is changed. You are signed out everywhere else.':
    'Ihr Passwort ist geändert. Überall sonst sind Sie abgemeldet.',
  'The device is revoked.': 'Das Gerät ist widerrufen.',
  'All your devices are revoked.': 'Alle Ihre Geräte sind widerrufen.',
  'The access token is revoked.': 'Das Zugriffstoken ist widerrufen.',
  'The passkey is added.': 'Der Passkey ist hinzugefügt.',
  'The passkey has its new name.': 'Der Passkey hat seinen neuen Namen.',
  'The passkey is removed. It opens nothing here any more.':
    'Der Passkey ist entfernt. Er öffnet hier nichts mehr.',
  'One-time codes are removed.': 'Einmalcodes sind entfernt.',
  'One-time codes are set up. Your password always asks for one now.':
    'Einmalcodes sind eingerichtet. Ihr Passwort verlangt jetzt immer einen.',
  'a client that is gone': 'ein Client, den es nicht mehr gibt',
  'kubectl, all clusters': 'kubectl, alle Cluster',
  'cluster {0}': 'Cluster {0}',
  'application {0}': 'Anwendung {0}',
  'Was refused': 'Wurde abgewiesen',
  'Made an access token': 'Zugriffstoken erstellt',
  'Revoked an access token': 'Zugriffstoken widerrufen',
  'Approved a device': 'Gerät bestätigt',
  'Entered a cluster': 'Cluster betreten',
  'Refused a device': 'Gerät abgelehnt',
  'A used token came back; its device was revoked':
    'Ein benutztes Token kam wieder; sein Gerät wurde widerrufen',
  'A device was revoked': 'Ein Gerät wurde widerrufen',
  'Signed in on a device': 'Auf einem Gerät angemeldet',
  'An admin removed every passkey and code':
    'Die Administration hat alle Passkeys und Codes entfernt',
  'Removed one-time codes': 'Einmalcodes entfernt',
  'Added a passkey': 'Passkey hinzugefügt',
  'Removed a passkey': 'Passkey entfernt',
  'Used a recovery code': 'Wiederherstellungscode benutzt',
  'Made new recovery codes': 'Neue Wiederherstellungscodes erstellt',
  'A membership began': 'Eine Mitgliedschaft begann',
  'A membership ended': 'Eine Mitgliedschaft endete',
  'Became the first admin': 'Wurde erste Administration',
  'Sign-in refused': 'Anmeldung abgelehnt',
  'The account was made': 'Das Konto wurde angelegt',
  'The profile was changed': 'Das Profil wurde geändert',
  'The account was disabled': 'Das Konto wurde gesperrt',
  'The account was enabled': 'Das Konto wurde entsperrt',
  'Changed the password': 'Passwort geändert',
  'Asked for another address': 'Um eine andere Adresse gebeten',
  'The address was changed': 'Die Adresse wurde geändert',
  'The password was set by a link': 'Das Passwort wurde mit einem Link gesetzt',
  'An admin set the password': 'Die Administration hat das Passwort gesetzt',
  'An admin made a link for a new password':
    'Die Administration hat einen Link für ein neues Passwort erstellt',
  'A link for a new password was asked for': 'Um einen Link für ein neues Passwort wurde gebeten',
  'Signed in': 'Angemeldet',
  'by an admin': 'von der Administration',
  'by {0}': 'von {0}',
  '{0} times': '{0}-mal',
  'You have asked. An owner of the group answers on this page of theirs.':
    'Sie haben gefragt. Wer die Gruppe betreut, antwortet auf der eigenen Seite dieser Art.',
  'Your request is withdrawn.': 'Ihre Anfrage ist zurückgezogen.',
  'Approved. The membership has begun, and ends by itself.':
    'Bewilligt. Die Mitgliedschaft hat begonnen und endet von selbst.',
  'Refused.': 'Abgelehnt.',
  'You are about to put <b><bdi>{0}</bdi></b> into <b>{1}</b> for {2}.':
    'Sie sind dabei, <b><bdi>{0}</bdi></b> für {2} in <b>{1}</b> aufzunehmen.',
  'Your name is changed.': 'Ihr Name ist geändert.',
  'Links are on their way. The address changes when they are confirmed.':
    'Links sind unterwegs. Die Adresse ändert sich, wenn sie bestätigt sind.',
  'The change is withdrawn.': 'Die Änderung ist zurückgezogen.',
  'A name has 1 to 128 visible characters.': 'Ein Name hat 1 bis 128 sichtbare Zeichen.',
  'Mail cannot be sent to this. An address looks like ada@example.com.':
    'Dorthin kann keine Post gehen. Eine Adresse sieht aus wie ada@example.com.',
}
