import type { Catalogue } from '../translate.ts'

/** German of the pages before and around a sign-in. */
export const germanSignIn: Catalogue = {
  'Too many attempts. Wait 1 minute, then try again.':
    'Zu viele Versuche. Warten Sie 1 Minute, dann versuchen Sie es erneut.',
  'Too many attempts. Wait {0} minutes, then try again.':
    'Zu viele Versuche. Warten Sie {0} Minuten, dann versuchen Sie es erneut.',
  '{0} wants to know who you are': '{0} möchte wissen, wer Sie sind',
  'Continue to {0}?': 'Weiter zu {0}?',
  'Signed in as <b>{0}</b>': 'Angemeldet als <b>{0}</b>',
  'Not {0}?': 'Nicht {0}?',
  'It will learn:': 'Sie erfährt:',
  'It does not get your password, and it cannot use kubectl as you.':
    'Ihr Passwort bekommt sie nicht, und kubectl kann sie nicht als Sie benutzen.',
  Cancel: 'Abbrechen',
  Continue: 'Weiter',
  'That it is you': 'Dass Sie es sind',
  'an identifier without your name': 'eine Kennung ohne Ihren Namen',
  'Your username and name': 'Ihr Benutzername und Name',
  'Your e-mail address': 'Ihre E-Mail-Adresse',
  '{0}, verified': '{0}, bestätigt',
  '{0}, not verified': '{0}, nicht bestätigt',
  'Your groups': 'Ihre Gruppen',
  none: 'keine',
  'The same again later': 'Dasselbe später wieder',
  'while you are away, until you revoke it': 'auch wenn Sie nicht da sind, bis Sie es widerrufen',
  'This code is not known, or it has expired. Run the command again to get a new one.':
    'Dieser Code ist nicht bekannt oder abgelaufen. Führen Sie den Befehl erneut aus, um einen neuen zu bekommen.',
  'Sign in a device': 'Ein Gerät anmelden',
  'Type the code that your terminal shows.': 'Geben Sie den Code ein, den Ihr Terminal zeigt.',
  Code: 'Code',
  '8 letters, such as WDJB-MJHT. Capitals, spaces and the dash do not matter.':
    '8 Buchstaben, etwa WDJB-MJHT. Groß- oder Kleinschreibung, Leerzeichen und der Strich sind gleich.',
  '<b>Did someone send you a code?</b> Do not type it. Whoever sent it would be signed in as you.':
    '<b>Hat Ihnen jemand einen Code geschickt?</b> Geben Sie ihn nicht ein. Wer ihn geschickt hat, wäre als Sie angemeldet.',
  'Did you start this?': 'Haben Sie das begonnen?',
  'Your own terminal must show this code.': 'Ihr eigenes Terminal muss diesen Code zeigen.',
  '<b>The request comes from another network than this browser.</b> That is normal for ssh or a jump host. If you are not using one now, refuse.':
    '<b>Die Anfrage kommt aus einem anderen Netz als dieser Browser.</b> Bei ssh oder einem Sprungserver ist das üblich. Wenn Sie gerade keinen benutzen, lehnen Sie ab.',
  'Not me, refuse': 'Nicht ich, ablehnen',
  'I started this': 'Ich war das',
  'Nobody from your company, and no support desk, will ever ask you to approve a code.':
    'Niemand aus Ihrer Firma und kein Support wird Sie je bitten, einen Code zu bestätigen.',
  'A program on this computer asks. If you did not just run kubectl, refuse.':
    'Ein Programm auf diesem Rechner fragt. Wenn Sie nicht gerade kubectl ausgeführt haben, lehnen Sie ab.',
  'Sign in as somebody else': 'Als jemand anderes anmelden',
  'A device asks to use {0} as <b>{1}</b>.': 'Ein Gerät möchte {0} als <b>{1}</b> benutzen.',
  'as it names itself; not checked': 'wie es sich selbst nennt; nicht geprüft',
  'Asked at': 'Angefragt um',
  'after {0}, or when you revoke it': '{0} nach der Anmeldung, oder sobald Sie es widerrufen',
  'the same address as this browser': 'dieselbe Adresse wie dieser Browser',
  'the same network as this browser': 'dasselbe Netz wie dieser Browser',
  'this browser is at an unknown address': 'die Adresse dieses Browsers ist unbekannt',
  'this browser is at {0}': 'dieser Browser ist bei {0}',
  'Asked from': 'Angefragt von',
  'Add a passkey': 'Einen Passkey hinzufügen',
  'Add a second way to sign in': 'Einen zweiten Weg der Anmeldung hinzufügen',
  '<b>{0}</b> asks for a passkey, and you have none.':
    '<b>{0}</b> verlangt einen Passkey, und Sie haben keinen.',
  '<b>{0}</b> asks for more than a password, and that is all you have.':
    '<b>{0}</b> verlangt mehr als ein Passwort, und mehr haben Sie nicht.',
  'It takes a minute, and from then on it protects everything that you sign in to.':
    'Es dauert eine Minute und schützt von da an alles, wo Sie sich anmelden.',
  'Make a passkey': 'Einen Passkey erstellen',
  or: 'oder',
  'Use one-time codes of an app': 'Einmalcodes einer App benutzen',
  'Set up one-time codes': 'Einmalcodes einrichten',
  'For <b>{0}</b>, with an authenticator app on your phone.':
    'Für <b>{0}</b>, mit einer Authenticator-App auf Ihrem Telefon.',
  '6-digit code that the app shows now': '6-stelliger Code, den die App jetzt zeigt',
  'This code is not right. Check the clock of your phone, and type the code that the app shows now.':
    'Dieser Code stimmt nicht. Prüfen Sie die Uhr Ihres Telefons und geben Sie den Code ein, den die App jetzt zeigt.',
  Confirm: 'Bestätigen',
  'Show a new QR code': 'Neuen QR-Code zeigen',
  'Scan this with the app. It is shown once.':
    'Scannen Sie dies mit der App. Es wird einmal gezeigt.',
  'QR code of the secret below': 'QR-Code des Geheimnisses unten',
  'I cannot scan it': 'Ich kann ihn nicht scannen',
  'Type this key into the app: time-based, 6 digits':
    'Geben Sie diesen Schlüssel in die App ein: zeitbasiert, 6 Stellen',
  'Keep your recovery codes': 'Bewahren Sie Ihre Wiederherstellungscodes auf',
  'For <b>{0}</b>, if your phone or key is lost.':
    'Für <b>{0}</b>, falls Ihr Telefon oder Schlüssel verloren geht.',
  '<b>They are not shown again.</b> Print them, or put them into a password manager. Each one works once, after your password. Older ones no longer work.':
    '<b>Sie werden nicht wieder gezeigt.</b> Drucken Sie sie aus oder legen Sie sie in einen Passwortmanager. Jeder gilt einmal, nach Ihrem Passwort. Ältere gelten nicht mehr.',
  'Recovery codes': 'Wiederherstellungscodes',
  'I have kept them': 'Ich habe sie aufbewahrt',
  'Set your password': 'Ihr Passwort setzen',
  Welcome: 'Willkommen',
  'Welcome, {0}': 'Willkommen, {0}',
  'Choose a password': 'Ein Passwort wählen',
  'Choose a password again': 'Das Passwort noch einmal',
  'Set password': 'Passwort setzen',
  'Your address will be {0}.': 'Ihre Adresse wird {0} sein.',
  'This link works once and expires on {0}.': 'Dieser Link gilt einmal und läuft am {0} ab.',
  '{0} invited you to {1}.': '{0} hat Sie zu {1} eingeladen.',
  '{0} invited you to the cluster {1}.': '{0} hat Sie zum Cluster {1} eingeladen.',
  '{0} invited you to the clusters {1}.': '{0} hat Sie zu den Clustern {1} eingeladen.',
  'Kubernetes sees this name. It cannot begin with <code>system:</code>.':
    'Kubernetes sieht diesen Namen. Er darf nicht mit <code>system:</code> beginnen.',
  'Set by your admin.': 'Von Ihrer Administration gesetzt.',
  Language: 'Sprache',
  'Error: {0}': 'Fehler: {0}',
  'You are on <b>{0}</b>. Type your password nowhere else.':
    'Sie sind auf <b>{0}</b>. Geben Sie Ihr Passwort nirgends sonst ein.',
  'Skip to content': 'Zum Inhalt',
  Menu: 'Menü',
  Main: 'Hauptmenü',
  'Sign out': 'Abmelden',
  Breadcrumb: 'Pfad',
  Done: 'Fertig',
  'You are signed in': 'Sie sind angemeldet',
  'You can close this tab and go back to your terminal.':
    'Sie können diesen Tab schließen und zu Ihrem Terminal zurückkehren.',
  User: 'Konto',
  'Next sign-in': 'Nächste Anmeldung',
  '<a href="{0}/account#devices">See all your devices</a> or revoke this one.':
    '<a href="{0}/account#devices">Sehen Sie alle Ihre Geräte</a>, oder widerrufen Sie dieses.',
  'Your admin can see the refusal in the audit log under <span class="mono">{0}</span>.':
    'Ihre Administration findet die Ablehnung im Audit-Log unter <span class="mono">{0}</span>.',
  Refused: 'Abgelehnt',
  'The device was not signed in, and its code no longer works.':
    'Das Gerät wurde nicht angemeldet, und sein Code gilt nicht mehr.',
  'If you did not expect this request, someone may be trying to use your account.':
    'Wenn Sie diese Anfrage nicht erwartet haben, versucht vielleicht jemand, Ihr Konto zu benutzen.',
  'Your admin decides who may enter.': 'Ihre Administration entscheidet, wer eintreten darf.',
  'See your recent activity': 'Ihre letzten Ereignisse ansehen',
  'You may not enter': 'Sie dürfen nicht eintreten',
  'You have none: <a href="{0}/account/passkeys/new">add a passkey</a> to your account, then sign in here again.':
    'Sie haben keinen: <a href="{0}/account/passkeys/new">Fügen Sie Ihrem Konto einen Passkey hinzu</a>, dann melden Sie sich hier wieder an.',
  'Go back without signing in': 'Zurück, ohne sich anzumelden',
  'Your admin can find this under <span class="mono">{0}</span>.':
    'Ihre Administration findet dies unter <span class="mono">{0}</span>.',
  'Stay signed in': 'Angemeldet bleiben',
  'Sign out?': 'Abmelden?',
  'Nobody is signed in in this browser.': 'In diesem Browser ist niemand angemeldet.',
  'You are signed in as <b>{0}</b> in this browser.':
    'Sie sind in diesem Browser als <b>{0}</b> angemeldet.',
  '{0} asked for this sign-out.': '{0} hat um diese Abmeldung gebeten.',
  'You return to {0} afterwards.': 'Danach kehren Sie zu {0} zurück.',
  'Also revoke my device': 'Auch mein Gerät widerrufen',
  'Also revoke my {0} devices': 'Auch meine {0} Geräte widerrufen',
  'kubectl asks you to sign in again on each of them.':
    'kubectl bittet dort jeweils um eine neue Anmeldung.',
  'Devices stay signed in until they end or you revoke them.':
    'Geräte bleiben angemeldet, bis sie ablaufen oder Sie sie widerrufen.',
  '1 device was signed out too.': '1 Gerät wurde auch abgemeldet.',
  '{0} devices were signed out too.': '{0} Geräte wurden auch abgemeldet.',
  'Signed out': 'Abgemeldet',
  'You are signed out': 'Sie sind abgemeldet',
  'Sign in again': 'Wieder anmelden',
  '<b>What to do:</b> {0}': '<b>Was zu tun ist:</b> {0}',
  Reference: 'Kennzeichen',
  Time: 'Zeit',
  'Still stuck? Send your admin the reference. It holds nothing secret.':
    'Geht es nicht weiter? Senden Sie Ihrer Administration das Kennzeichen. Es enthält nichts Geheimes.',
  'Confirm with your passkey': 'Mit Ihrem Passkey bestätigen',
  'Continue with passkey': 'Weiter mit Passkey',
  'You have no passkey yet, and this is not done without one.':
    'Sie haben noch keinen Passkey, und ohne einen geschieht dies nicht.',
  '<b>No passkey was used.</b> Try again, or go another way.':
    '<b>Es wurde kein Passkey benutzt.</b> Versuchen Sie es erneut, oder nehmen Sie einen anderen Weg.',
  '<b>This device holds a passkey of yours already.</b> Use another device or security key.':
    '<b>Auf diesem Gerät liegt schon ein Passkey von Ihnen.</b> Benutzen Sie ein anderes Gerät oder einen anderen Sicherheitsschlüssel.',
  '<b>Passkeys need JavaScript.</b> It is off in this browser. Turn it on for {0}.':
    '<b>Passkeys brauchen JavaScript.</b> Es ist in diesem Browser aus. Schalten Sie es für {0} ein.',
  '<b>Passkeys need JavaScript.</b> It is off in this browser. Turn it on for {0}, or use the way below.':
    '<b>Passkeys brauchen JavaScript.</b> Es ist in diesem Browser aus. Schalten Sie es für {0} ein, oder nehmen Sie den Weg unten.',
  '<b>This passkey was not accepted.</b> Try again.':
    '<b>Dieser Passkey wurde nicht angenommen.</b> Versuchen Sie es erneut.',
  '<b>This passkey was not accepted.</b> Try again, or use the way below.':
    '<b>Dieser Passkey wurde nicht angenommen.</b> Versuchen Sie es erneut, oder nehmen Sie den Weg unten.',
  '<b>This passkey was not accepted.</b> Try again, or sign in with your password.':
    '<b>Dieser Passkey wurde nicht angenommen.</b> Versuchen Sie es erneut, oder melden Sie sich mit Ihrem Passwort an.',
  'Signing in to <b>your account</b> as <b>{0}</b>':
    'Anmeldung bei <b>Ihrem Konto</b> als <b>{0}</b>',
  'Signing in to <b>{0}</b> as <b>{1}</b>': 'Anmeldung bei <b>{0}</b> als <b>{1}</b>',
  'Use your passkey': 'Benutzen Sie Ihren Passkey',
  'Your browser asks for your fingerprint, face, PIN or security key.':
    'Ihr Browser fragt nach Ihrem Fingerabdruck, Gesicht, PIN oder Sicherheitsschlüssel.',
  '<b>Nothing but a passkey opens this.</b> Your admin has set it so.':
    '<b>Nur ein Passkey öffnet dies.</b> Ihre Administration hat es so festgelegt.',
  'Lost your passkey and your codes? Ask your admin to reset how you sign in.':
    'Passkey und Codes verloren? Bitten Sie Ihre Administration, Ihre Anmeldung zurückzusetzen.',
  Overview: 'Übersicht',
  Users: 'Konten',
  Invitations: 'Einladungen',
  Applications: 'Anwendungen',
  Machines: 'Maschinen',
  'Audit log': 'Audit-Log',
  'Signing keys': 'Signaturschlüssel',
  'Access review': 'Zugriffsprüfung',
  Directory: 'Verzeichnis',
  'Ways in': 'Zugänge',
  Evidence: 'Nachweise',
  'My account': 'Mein Konto',
  Admin: 'Administration',
  'Forgotten your password?': 'Passwort vergessen?',
  'Too many attempts': 'Zu viele Versuche',
  'A link to set a new one goes to the address of your account.':
    'Ein Link für ein neues geht an die Adresse Ihres Kontos.',
  'Send a link': 'Link senden',
  'Back to sign-in': 'Zurück zur Anmeldung',
  'The link that was sent last still works.': 'Der zuletzt gesendete Link gilt noch.',
  'Look into your mailbox': 'Sehen Sie in Ihr Postfach',
  'If there is such an account, and its address is verified, a link is on its way.':
    'Wenn es ein solches Konto gibt und seine Adresse bestätigt ist, ist ein Link unterwegs.',
  'It works once, for 30 minutes.': 'Er gilt einmal, 30 Minuten lang.',
  '<b>Nothing came?</b> Ask your admin for a link. An address that was never verified gets no mail.':
    '<b>Nichts gekommen?</b> Bitten Sie Ihre Administration um einen Link. Eine Adresse, die nie bestätigt wurde, bekommt keine Post.',
  'Set a new password': 'Ein neues Passwort setzen',
  'It signs you out everywhere, on every device.': 'Es meldet Sie überall ab, auf jedem Gerät.',
  'New password': 'Neues Passwort',
  'New password again': 'Neues Passwort noch einmal',
  'Also revoke my devices and access tokens': 'Auch meine Geräte und Zugriffstoken widerrufen',
  'Devices ask for the new password either way. An access token works on unless it is revoked.':
    'Geräte fragen so oder so nach dem neuen Passwort. Ein Zugriffstoken gilt weiter, wenn es nicht widerrufen wird.',
  'Your password is changed': 'Ihr Passwort ist geändert',
  'You are signed out everywhere. Sign in with the new password.':
    'Sie sind überall abgemeldet. Melden Sie sich mit dem neuen Passwort an.',
  'Your devices and access tokens are revoked.': 'Ihre Geräte und Zugriffstoken sind widerrufen.',
  'Access tokens were not touched: they are on your account page.':
    'Zugriffstoken sind unberührt: Sie stehen auf der Seite Ihres Kontos.',
  'Sign in': 'Anmelden',
  'One-time code': 'Einmalcode',
  'Recovery code': 'Wiederherstellungscode',
  'Use a passkey instead': 'Stattdessen einen Passkey benutzen',
  'I cannot get a code': 'Ich bekomme keinen Code',
  'Use one of the recovery codes that you kept when you set this up: type it in the same box. If you have none left, ask your admin to reset how you sign in.':
    'Benutzen Sie einen der Wiederherstellungscodes, die Sie bei der Einrichtung aufbewahrt haben: Geben Sie ihn ins selbe Feld ein. Wenn keiner übrig ist, bitten Sie Ihre Administration, Ihre Anmeldung zurückzusetzen.',
  'This code is wrong, or it was used already. Wait for the next one and type that.':
    'Dieser Code ist falsch oder schon benutzt. Warten Sie auf den nächsten und geben Sie den ein.',
  'This code is wrong, or it was used already. Type another one.':
    'Dieser Code ist falsch oder schon benutzt. Geben Sie einen anderen ein.',
  '6-digit code from your authenticator app': '6-stelliger Code aus Ihrer Authenticator-App',
  'One of your recovery codes': 'Einer Ihrer Wiederherstellungscodes',
  'The code changes every 30 seconds. Each code works once.':
    'Der Code wechselt alle 30 Sekunden. Jeder gilt einmal.',
  'Each of them works once.': 'Jeder gilt einmal.',
  'Devices that are already signed in are not affected.':
    'Geräte, die schon angemeldet sind, betrifft das nicht.',
  'You used a recovery code': 'Sie haben einen Wiederherstellungscode benutzt',
  '<b>That was your last recovery code.</b> Make new ones on your account page today.':
    '<b>Das war Ihr letzter Wiederherstellungscode.</b> Erstellen Sie heute neue auf der Seite Ihres Kontos.',
  '<b>1 recovery code is left.</b> If your authenticator app is gone, set it up anew on your account page.':
    '<b>1 Wiederherstellungscode ist übrig.</b> Wenn Ihre Authenticator-App weg ist, richten Sie sie auf der Seite Ihres Kontos neu ein.',
  '<b>{0} recovery codes are left.</b> If your authenticator app is gone, set it up anew on your account page.':
    '<b>{0} Wiederherstellungscodes sind übrig.</b> Wenn Ihre Authenticator-App weg ist, richten Sie sie auf der Seite Ihres Kontos neu ein.',
  'Create the first admin': 'Das erste Administrationskonto anlegen',
  'This page works once. Afterwards it is closed for ever.':
    'Diese Seite gilt einmal. Danach ist sie für immer zu.',
  'Set-up code': 'Einrichtungscode',
  'This code is not known, or it has expired. Get a new one.':
    'Dieser Code ist nicht bekannt oder abgelaufen. Holen Sie einen neuen.',
  'The server printed it when it started. To get a new one: <code class="nowrap">lanyard setup-link</code>':
    'Der Server hat ihn beim Start ausgegeben. Für einen neuen: <code class="nowrap">lanyard setup-link</code>',
  'Password again': 'Passwort noch einmal',
  'Create admin': 'Administrationskonto anlegen',
  '<b>Issuer: {0}</b><br>It is written into every token and every cluster. Changing it later signs everybody out, so check it now.':
    '<b>Issuer: {0}</b><br>Er steht in jedem Token und jedem Cluster. Ihn später zu ändern, meldet alle ab; prüfen Sie ihn also jetzt.',
  '<b>Other machines cannot reach this issuer.</b> Before you add a first cluster, set <code>LANYARD_ISSUER</code> to an address that your clusters and people can reach, such as <code class="nowrap">https://id.example.com</code>, and <code>LANYARD_LISTEN</code> to where this server listens, such as <code class="nowrap">0.0.0.0:8443</code>; then start it again.':
    '<b>Andere Rechner erreichen diesen Issuer nicht.</b> Bevor Sie einen ersten Cluster hinzufügen, setzen Sie <code>LANYARD_ISSUER</code> auf eine Adresse, die Ihre Cluster und Leute erreichen, etwa <code class="nowrap">https://id.example.com</code>, und <code>LANYARD_LISTEN</code> darauf, wo dieser Server lauscht, etwa <code class="nowrap">0.0.0.0:8443</code>; dann starten Sie ihn neu.',
  'Use a passkey': 'Einen Passkey benutzen',
  'Forgotten your password? Ask your admin for a link.':
    'Passwort vergessen? Bitten Sie Ihre Administration um einen Link.',
  'Sign in to your account': 'Bei Ihrem Konto anmelden',
  'Sign in to {0}': 'Anmelden bei {0}',
  '<b>This step is over.</b> It was begun more than 5 minutes ago, in another tab, or it was finished. Sign in again.':
    '<b>Dieser Schritt ist vorbei.</b> Er wurde vor mehr als 5 Minuten oder in einem anderen Tab begonnen, oder er ist erledigt. Melden Sie sich wieder an.',
  'A passkey still works now.': 'Ein Passkey geht auch jetzt.',
  '<b>Username or password is wrong.</b> Check both and try again.':
    '<b>Benutzername oder Passwort ist falsch.</b> Prüfen Sie beides und versuchen Sie es erneut.',
  'At least 15 characters': 'Mindestens 15 Zeichen',
  'Not made of common passwords, of your name, or of one piece over and over':
    'Nicht aus verbreiteten Passwörtern, Ihrem Namen oder einem Stück immer wieder',
  'Anything else goes: spaces, any script, no forced symbols, no expiry':
    'Alles andere geht: Leerzeichen, jede Schrift, keine Pflichtzeichen, kein Ablauf',
  'Set your own password': 'Setzen Sie Ihr eigenes Passwort',
  'Change your password': 'Ändern Sie Ihr Passwort',
  'Your admin knows the present one. Nobody will know the next.':
    'Ihre Administration kennt das jetzige. Das nächste kennt niemand.',
  'You are signed out everywhere else. Devices stay signed in.':
    'Sie werden überall sonst abgemeldet. Geräte bleiben angemeldet.',
  'The two are not the same.': 'Die beiden sind nicht gleich.',
  'Cluster {0}': 'Cluster {0}',
  'Application {0}': 'Anwendung {0}',
  'returns to {0}': 'kehrt zu {0} zurück',
  'all your clusters': 'alle Ihre Cluster',
  Application: 'Anwendung',
  'just now': 'gerade eben',
  ended: 'abgelaufen',
  'Go back to where you came from and start again. Nothing was changed.':
    'Gehen Sie dorthin zurück, woher Sie kamen, und beginnen Sie neu. Es wurde nichts geändert.',
  'Tell the admin of the application that sent you here, with the reference. Nothing was changed.':
    'Sagen Sie es der Administration der Anwendung, die Sie hierher geschickt hat, mit dem Kennzeichen. Es wurde nichts geändert.',
  'The application that sent you here is not known.':
    'Die Anwendung, die Sie hierher geschickt hat, ist nicht bekannt.',
  'The application wants to get its answer at an address that is not registered for it.':
    'Die Anwendung möchte ihre Antwort an einer Adresse, die nicht für sie eingetragen ist.',
  'The request to sign in could not be understood.':
    'Die Bitte um Anmeldung war nicht zu verstehen.',
  'The application may not sign people in this way.':
    'Die Anwendung darf Leute nicht auf diesem Weg anmelden.',
  'It was started too long ago, in another browser, or already finished in another tab.':
    'Sie wurde vor zu langer Zeit oder in einem anderen Browser begonnen, oder in einem anderen Tab schon beendet.',
  'The server is busy.': 'Der Server ist ausgelastet.',
  'Try again in a minute.': 'Versuchen Sie es in einer Minute erneut.',
  'This did not work': 'Das hat nicht geklappt',
  'The request could not be carried out.': 'Die Anfrage konnte nicht ausgeführt werden.',
  'Another way': 'Ein anderer Weg',
  'This page is out of date': 'Diese Seite ist veraltet',
  'This link does not work': 'Dieser Link gilt nicht',
  'This sign-in has expired': 'Diese Anmeldung ist abgelaufen',
  'Not found': 'Nicht gefunden',
  'Not possible here': 'Hier nicht möglich',
  Busy: 'Ausgelastet',
  'Something went wrong': 'Etwas ist schiefgegangen',
  'Use a one-time code': 'Einen Einmalcode benutzen',
  'Use a recovery code': 'Einen Wiederherstellungscode benutzen',
  'Password and one-time code': 'Passwort und Einmalcode',
}
