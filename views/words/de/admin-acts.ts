import type { Catalogue } from '../translate.ts'

/** German of the admin's pages: what is done, and what comes of it. */
export const germanAdminActs: Catalogue = {
  device: 'Gerät',
  'access token': 'Zugriffstoken',
  'administers Lanyard': 'verwaltet Lanyard',
  'cluster-admin in {0}': 'cluster-admin in {0}',
  'cluster-admin in {0} in namespace {1}': 'cluster-admin in {0} im Namespace {1}',
  'may be asked for, for {0} at most': 'darf erbeten werden, für höchstens {0}',
  'asks for a passkey': 'verlangt einen Passkey',
  'asks for two factors': 'verlangt zwei Faktoren',
  'asks for a sign-in within {0}': 'verlangt eine Anmeldung innerhalb von {0}',
  'asks for a passkey and a sign-in within {0}':
    'verlangt einen Passkey und eine Anmeldung innerhalb von {0}',
  'asks for two factors and a sign-in within {0}':
    'verlangt zwei Faktoren und eine Anmeldung innerhalb von {0}',
  'You are about to <b>change application <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>die Anwendung <bdi>{0}</bdi> zu ändern</b>.',
  'You are about to <b>add application <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>die Anwendung <bdi>{0}</bdi> hinzuzufügen</b>.',
  'It has no secret.': 'Sie hat kein Geheimnis.',
  'Its secret is in what stands here.': 'Ihr Geheimnis steht in dem, was hier ist.',
  'The application is added.': 'Die Anwendung ist hinzugefügt.',
  'The application is changed.': 'Die Anwendung ist geändert.',
  'The group may enter, from the next sign-in on.':
    'Die Gruppe darf eintreten, ab der nächsten Anmeldung.',
  'The group may enter no more.': 'Die Gruppe darf nicht mehr eintreten.',
  'Who may enter is changed.': 'Wer eintreten darf, ist geändert.',
  'The sign-in policy is saved. It is asked of every token from now on.':
    'Die Regel für Anmeldungen ist gespeichert. Sie gilt ab jetzt für jedes Token.',
  'You are about to <b>make a new secret for <bdi>{0}</bdi></b> whose old one ends at once.':
    'Sie sind dabei, <b>für <bdi>{0}</bdi> ein neues Geheimnis zu erstellen</b>; das alte endet sofort.',
  'Secret of {0}': 'Geheimnis von {0}',
  'The one before works no more.': 'Das vorige gilt nicht mehr.',
  'You are about to <b>delete application <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>die Anwendung <bdi>{0}</bdi> zu löschen</b>.',
  'The application is deleted.': 'Die Anwendung ist gelöscht.',
  'deleted, {0}': 'gelöscht, {0}',
  '{0} by {1}': '{0} mit {1}',
  Revoked: 'Widerrufen',
  somebody: 'jemand',
  '{0}, {1} times': '{0}, {1}-mal',
  On: 'An',
  Counted: 'Gezählt',
  '{0} within a minute': '{0} in einer Minute',
  Entry: 'Eintrag',
  '{0}, all': '{0}, alle',
  'Nothing was changed: 1 event, as recorded.':
    'Nichts wurde geändert: 1 Ereignis, wie aufgezeichnet.',
  'Nothing was changed: {0} events, as recorded.':
    'Nichts wurde geändert: {0} Ereignisse, wie aufgezeichnet.',
  'The record was tampered with: 1 fault in {0} events.':
    'Die Aufzeichnung wurde verfälscht: 1 Fehler in {0} Ereignissen.',
  'The record was tampered with: {0} faults in {1} events.':
    'Die Aufzeichnung wurde verfälscht: {0} Fehler in {1} Ereignissen.',
  'Events up to {0} are from before the chain: proved since then alone.':
    'Ereignisse bis {0} sind aus der Zeit vor der Kette: erst seither belegt.',
  'Events up to {0} were deleted by retention.':
    'Ereignisse bis {0} wurden nach Ablauf der Aufbewahrung gelöscht.',
  'Head {0}:{1}. Note it elsewhere.': 'Kopf {0}:{1}. Notieren Sie ihn anderswo.',
  'You are about to <b>add {0} to <bdi>{1}</bdi></b>.':
    'Sie sind dabei, <b>{0} in <bdi>{1}</bdi> aufzunehmen</b>.',
  'You are about to <b>add {0} people to <bdi>{1}</bdi></b>.':
    'Sie sind dabei, <b>{0} Personen in <bdi>{1}</bdi> aufzunehmen</b>.',
  'You are about to <b>remove {0} from <bdi>{1}</bdi></b>.':
    'Sie sind dabei, <b>{0} aus <bdi>{1}</bdi> zu entfernen</b>.',
  'You are about to <b>remove {0} people from <bdi>{1}</bdi></b>.':
    'Sie sind dabei, <b>{0} Personen aus <bdi>{1}</bdi> zu entfernen</b>.',
  'This is for Kubernetes {0}; say which it is where that is another.':
    'Das ist für Kubernetes {0}; geben Sie die Version an, wenn es eine andere ist.',
  'You are about to <b>make a credential of the token webhook for <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>für <bdi>{0}</bdi> einen Zugang des Token-Webhooks zu erstellen</b>.',
  'You are about to <b>make a credential of the proxy for <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>für <bdi>{0}</bdi> einen Zugang des Proxys zu erstellen</b>.',
  'You are about to <b>revoke all credentials of the token webhook for <bdi>{0}</bdi></b> which gets no answer any more until it has a new one.':
    'Sie sind dabei, <b>für <bdi>{0}</bdi> alle Zugänge des Token-Webhooks zu widerrufen</b>; er bekommt keine Antwort mehr, bis er einen neuen hat.',
  'You are about to <b>revoke all credentials of the proxy for <bdi>{0}</bdi></b> which gets no answer any more until it has a new one.':
    'Sie sind dabei, <b>für <bdi>{0}</bdi> alle Zugänge des Proxys zu widerrufen</b>; er bekommt keine Antwort mehr, bis er einen neuen hat.',
  'Credential of the token webhook': 'Zugang des Token-Webhooks',
  'Credential of the proxy': 'Zugang des Proxys',
  'For {0}. Whoever has it can ask Lanyard whose a token is.':
    'Für {0}. Wer ihn hat, kann Lanyard fragen, wem ein Token gehört.',
  'credential, in the configuration of lanyard proxy':
    'credential, in der Konfiguration von lanyard proxy',
  'The rest of its configuration: lanyard cluster proxy-config {0}':
    'Der Rest seiner Konfiguration: lanyard cluster proxy-config {0}',
  '/etc/kubernetes/lanyard-webhook.kubeconfig, mode 0600':
    '/etc/kubernetes/lanyard-webhook.kubeconfig, Rechte 0600',
  'Flags of kube-apiserver': 'Flags von kube-apiserver',
  'A token that is revoked works for up to 20 seconds more: 10 of this cache and 10 of the API server’s own.':
    'Ein widerrufenes Token gilt noch bis zu 20 Sekunden: 10 aus diesem Cache und 10 aus dem des API-Servers.',
  'on Lanyard’s server': 'auf dem Server von Lanyard',
  'on the laptop': 'auf dem Laptop',
  'on the API server’s machine': 'auf der Maschine des API-Servers',
  '{0}, in {1}, at its end': '{0}, in {1}, am Ende',
  '{0}, in {1}, line {2}': '{0}, in {1}, Zeile {2}',
  'You are about to <b>add cluster <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>den Cluster <bdi>{0}</bdi> hinzuzufügen</b>.',
  'You are about to <b>change cluster <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>den Cluster <bdi>{0}</bdi> zu ändern</b>.',
  'The cluster is added. Paste what stands under “API server configuration” into its kube-apiserver, then run the doctor.':
    'Der Cluster ist hinzugefügt. Kopieren Sie, was unter „Konfiguration des API-Servers“ steht, in seinen kube-apiserver, und führen Sie dann die Diagnose aus.',
  'The cluster is changed.': 'Der Cluster ist geändert.',
  'The group may enter, from the next token on.':
    'Die Gruppe darf eintreten, ab dem nächsten Token.',
  'Groups in tokens are changed. Paste the API server’s configuration again.':
    'Gruppen in Token sind geändert. Fügen Sie die Konfiguration des API-Servers neu ein.',
  'The credentials are revoked: whoever shows one is answered no more.':
    'Die Zugänge sind widerrufen: Wer einen zeigt, bekommt keine Antwort mehr.',
  'The doctor ran.': 'Die Diagnose lief.',
  refusing: 'lehnt ab',
  '{0} failed': '{0} fehlgeschlagen',
  'not reached': 'nicht erreicht',
  '{0} to look at': '{0} anzusehen',
  healthy: 'gesund',
  'in use': 'in Benutzung',
  'not seen lately': 'länger nicht gesehen',
  'Behind it': 'Dahinter',
  'not said: the newest that is known': 'nicht angegeben: die neueste bekannte',
  'Token life': 'Lebensdauer der Token',
  'You are about to <b>delete cluster <bdi>{0}</bdi></b> which more than 1,000 logins entered: nobody gets a token for it any more.':
    'Sie sind dabei, <b>den Cluster <bdi>{0}</bdi> zu löschen</b>, den mehr als 1.000 Anmeldungen betraten: Niemand bekommt mehr ein Token dafür.',
  'You are about to <b>delete cluster <bdi>{0}</bdi></b> which 1 login entered: nobody gets a token for it any more.':
    'Sie sind dabei, <b>den Cluster <bdi>{0}</bdi> zu löschen</b>, den 1 Anmeldung betrat: Niemand bekommt mehr ein Token dafür.',
  'You are about to <b>delete cluster <bdi>{0}</bdi></b> which {1} logins entered: nobody gets a token for it any more.':
    'Sie sind dabei, <b>den Cluster <bdi>{0}</bdi> zu löschen</b>, den {1} Anmeldungen betraten: Niemand bekommt mehr ein Token dafür.',
  'You are about to <b>make groups live in <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>Gruppen in <bdi>{0}</bdi> live zu machen</b>.',
  'You are about to <b>make groups embedded in <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>Gruppen in <bdi>{0}</bdi> einzubetten</b>.',
  'The cluster is deleted.': 'Der Cluster ist gelöscht.',
  '1 person loses cluster <b><bdi>{0}</bdi></b> within {1}.':
    '1 Person verliert den Cluster <b><bdi>{0}</bdi></b> innerhalb von {1}.',
  '{0} people lose cluster <b><bdi>{1}</bdi></b> within {2}.':
    '{0} Personen verlieren den Cluster <b><bdi>{1}</bdi></b> innerhalb von {2}.',
  'More than {0} people lose cluster <b><bdi>{1}</bdi></b> within {2}.':
    'Mehr als {0} Personen verlieren den Cluster <b><bdi>{1}</bdi></b> innerhalb von {2}.',
  '1 person may enter cluster <b><bdi>{0}</bdi></b> at once.':
    '1 Person darf den Cluster <b><bdi>{0}</bdi></b> sofort betreten.',
  '{0} people may enter cluster <b><bdi>{1}</bdi></b> at once.':
    '{0} Personen dürfen den Cluster <b><bdi>{1}</bdi></b> sofort betreten.',
  'More than {0} people may enter cluster <b><bdi>{1}</bdi></b> at once.':
    'Mehr als {0} Personen dürfen den Cluster <b><bdi>{1}</bdi></b> sofort betreten.',
  '1 person loses application <b><bdi>{0}</bdi></b> within {1}.':
    '1 Person verliert die Anwendung <b><bdi>{0}</bdi></b> innerhalb von {1}.',
  '{0} people lose application <b><bdi>{1}</bdi></b> within {2}.':
    '{0} Personen verlieren die Anwendung <b><bdi>{1}</bdi></b> innerhalb von {2}.',
  'More than {0} people lose application <b><bdi>{1}</bdi></b> within {2}.':
    'Mehr als {0} Personen verlieren die Anwendung <b><bdi>{1}</bdi></b> innerhalb von {2}.',
  '1 person may enter application <b><bdi>{0}</bdi></b> at once.':
    '1 Person darf die Anwendung <b><bdi>{0}</bdi></b> sofort betreten.',
  '{0} people may enter application <b><bdi>{1}</bdi></b> at once.':
    '{0} Personen dürfen die Anwendung <b><bdi>{1}</bdi></b> sofort betreten.',
  'More than {0} people may enter application <b><bdi>{1}</bdi></b> at once.':
    'Mehr als {0} Personen dürfen die Anwendung <b><bdi>{1}</bdi></b> sofort betreten.',
  '1 person leaves group <b><bdi>{0}</bdi></b> with it.':
    '1 Person verlässt damit die Gruppe <b><bdi>{0}</bdi></b>.',
  '{0} people leave group <b><bdi>{1}</bdi></b> with it.':
    '{0} Personen verlassen damit die Gruppe <b><bdi>{1}</bdi></b>.',
  'More than {0} people leave group <b><bdi>{1}</bdi></b> with it.':
    'Mehr als {0} Personen verlassen damit die Gruppe <b><bdi>{1}</bdi></b>.',
  '1 person comes into group <b><bdi>{0}</bdi></b> with it.':
    '1 Person kommt damit in die Gruppe <b><bdi>{0}</bdi></b>.',
  '{0} people come into group <b><bdi>{1}</bdi></b> with it.':
    '{0} Personen kommen damit in die Gruppe <b><bdi>{1}</bdi></b>.',
  'More than {0} people come into group <b><bdi>{1}</bdi></b> with it.':
    'Mehr als {0} Personen kommen damit in die Gruppe <b><bdi>{1}</bdi></b>.',
  'And <b><bdi>{0}</bdi></b> more clusters, applications and groups.':
    'Und <b><bdi>{0}</bdi></b> weitere Cluster, Anwendungen und Gruppen.',
  'Imported.': 'Importiert.',
  'You are about to <b>import users from a file</b>.':
    'Sie sind dabei, <b>Personen aus einer Datei zu importieren</b>.',
  'You are about to <b>import groups from a file</b>.':
    'Sie sind dabei, <b>Gruppen aus einer Datei zu importieren</b>.',
  'name: {0}': 'Name: {0}',
  'e-mail: {0}': 'E-Mail: {0}',
  'is locked': 'ist gesperrt',
  'is unlocked': 'ist entsperrt',
  'description: {0}': 'Beschreibung: {0}',
  'into group {0}': 'in die Gruppe {0}',
  'contains {0}': 'enthält {0}',
  'out of group {0}': 'aus der Gruppe {0}',
  'no longer contains {0}': 'enthält {0} nicht mehr',
  'You are about to <b>let group {0} into <bdi>{1}</bdi></b>.':
    'Sie sind dabei, <b>die Gruppe {0} in <bdi>{1}</bdi> einzulassen</b>.',
  'You are about to <b>let group {0} no more into <bdi>{1}</bdi></b>.':
    'Sie sind dabei, <b>die Gruppe {0} nicht mehr in <bdi>{1}</bdi> einzulassen</b>.',
  'You are about to <b>let every active user into <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>alle aktiven Personen in <bdi>{0}</bdi> einzulassen</b>.',
  'You are about to <b>let only the named groups into <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>nur die genannten Gruppen in <bdi>{0}</bdi> einzulassen</b>.',
  'You are about to <b>change the sign-in policy of <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>die Regel für Anmeldungen von <bdi>{0}</bdi> zu ändern</b>.',
  'You are about to <b>change the policy of group <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>die Regel der Gruppe <bdi>{0}</bdi> zu ändern</b>.',
  'You are about to <b>make an owner of group <bdi>{0}</bdi></b> : {1}.':
    'Sie sind dabei, <b>jemandem die Gruppe <bdi>{0}</bdi> anzuvertrauen</b>: {1}.',
  'You are about to <b>take an owner from group <bdi>{0}</bdi></b> : {1}.':
    'Sie sind dabei, <b>jemandem die Gruppe <bdi>{0}</bdi> zu entziehen</b>: {1}.',
  'The group is made. Nobody is in it yet.': 'Die Gruppe ist erstellt. Noch ist niemand darin.',
  'Added.': 'Hinzugefügt.',
  'Removed.': 'Entfernt.',
  'The group is in it.': 'Die Gruppe ist darin.',
  'The group is out of it.': 'Die Gruppe ist nicht mehr darin.',
  'Saved.': 'Gespeichert.',
  'You are about to <b>delete group <bdi>{0}</bdi></b> for ever: nobody can make a group of this name again.':
    'Sie sind dabei, <b>die Gruppe <bdi>{0}</bdi> zu löschen</b>, für immer: Niemand kann wieder eine Gruppe dieses Namens erstellen.',
  'You are about to <b>put group {0} into <bdi>{1}</bdi></b>.':
    'Sie sind dabei, <b>die Gruppe {0} in <bdi>{1}</bdi> zu legen</b>.',
  'You are about to <b>take group {0} out of <bdi>{1}</bdi></b>.':
    'Sie sind dabei, <b>die Gruppe {0} aus <bdi>{1}</bdi> zu nehmen</b>.',
  'The group is deleted.': 'Die Gruppe ist gelöscht.',
  'any factor': 'irgendein Faktor',
  'two factors': 'zwei Faktoren',
  'a passkey': 'ein Passkey',
  'any factor, within {0}': 'irgendein Faktor, innerhalb von {0}',
  'two factors, within {0}': 'zwei Faktoren, innerhalb von {0}',
  'a passkey, within {0}': 'ein Passkey, innerhalb von {0}',
  'The invitation is revoked.': 'Die Einladung ist widerrufen.',
  'You are about to <b>invite <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b><bdi>{0}</bdi> einzuladen</b>.',
  '1 day': '1 Tag',
  '{0} days': '{0} Tage',
  'The invitation is made': 'Die Einladung ist erstellt',
  'Whoever opens it becomes a user.': 'Wer ihn öffnet, bekommt ein Konto.',
  'New keys are published. They sign by themselves when every verifier has had time to see them.':
    'Neue Schlüssel sind veröffentlicht. Sie signieren von selbst, wenn alle, die prüfen, Zeit hatten, sie zu sehen.',
  'New keys sign from now on.': 'Neue Schlüssel signieren ab jetzt.',
  'You are about to <b>publish a new {0} key</b> to sign at once, before every verifier has seen it.':
    'Sie sind dabei, <b>einen neuen {0}-Schlüssel zu veröffentlichen</b>, der sofort signiert, bevor alle, die prüfen, ihn gesehen haben.',
  'You are about to <b>publish a new {0} key</b> to sign later.':
    'Sie sind dabei, <b>einen neuen {0}-Schlüssel zu veröffentlichen</b>, der später signiert.',
  'You are about to <b>publish new keys</b> to sign at once, before every verifier has seen it.':
    'Sie sind dabei, <b>neue Schlüssel zu veröffentlichen</b>, die sofort signieren, bevor alle, die prüfen, sie gesehen haben.',
  'You are about to <b>publish new keys</b> to sign later.':
    'Sie sind dabei, <b>neue Schlüssel zu veröffentlichen</b>, die später signieren.',
  'no {0} key signs: rotate': 'kein {0}-Schlüssel signiert: Wechseln Sie',
  '{0} refuses tokens: {1}': '{0} lehnt Token ab: {1}',
  '{0} cannot be reached from here: {1}': '{0} ist von hier nicht zu erreichen: {1}',
  'not looked at: run its doctor': 'nicht angesehen: Führen Sie seine Diagnose aus',
  'took a token of {0} {1}': 'nahm ein Token von {0} an, {1}',
  'took a token {0}, before {1} began to sign':
    'nahm ein Token an, {0}, bevor {1} zu signieren begann',
  'the token is good, and signed by its issuer': 'das Token ist gut und von seinem Issuer signiert',
  'rule {0} matches': 'Regel {0} trifft zu',
  'rule {0} does not match': 'Regel {0} trifft nicht zu',
  'No issuer that is trusted made this token.':
    'Kein vertrauter Issuer hat dieses Token ausgestellt.',
  'The token is not good: no rule lets it in.':
    'Das Token ist nicht gut: Keine Regel lässt es ein.',
  'No rule names issuer {0}.': 'Keine Regel nennt den Issuer {0}.',
  'No rule lets it in.': 'Keine Regel lässt es ein.',
  'Several rules match: the job has to say which.':
    'Mehrere Regeln treffen zu: Der Job muss sagen, welche.',
  'Rule {0} lets it in.': 'Regel {0} lässt es ein.',
  '{0} rules let it in.': '{0} Regeln lassen es ein.',
  'enters no cluster as {0} with no groups, for {1} s':
    'betritt keinen Cluster, als {0} ohne Gruppen, für {1} s',
  'enters no cluster as {0} with groups {1}, for {2} s':
    'betritt keinen Cluster, als {0} mit den Gruppen {1}, für {2} s',
  'enters {0} as {1} with no groups, for {2} s': 'betritt {0} als {1} ohne Gruppen, für {2} s',
  'enters {0} as {1} with groups {2}, for {3} s':
    'betritt {0} als {1} mit den Gruppen {2}, für {3} s',
  'You are about to <b>let machines in by rule <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>Maschinen mit der Regel <bdi>{0}</bdi> einzulassen</b>.',
  'You are about to <b>trust issuer <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>dem Issuer <bdi>{0}</bdi> zu vertrauen</b>.',
  'The rule is added. Try a token of the job below.':
    'Die Regel ist hinzugefügt. Probieren Sie unten ein Token des Jobs aus.',
  'The rule lets tokens in again.': 'Die Regel lässt wieder Token ein.',
  'The rule lets no token in. What was made by it lives for its minutes.':
    'Die Regel lässt kein Token ein. Was durch sie entstand, lebt noch seine Minuten.',
  'The rule is removed.': 'Die Regel ist entfernt.',
  'The issuer is trusted. Now say by a rule who may enter.':
    'Dem Issuer wird vertraut. Sagen Sie nun mit einer Regel, wer eintreten darf.',
  'The issuer is trusted no more.': 'Dem Issuer wird nicht mehr vertraut.',
  'You are about to <b>let tokens in again by rule <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>mit der Regel <bdi>{0}</bdi> wieder Token einzulassen</b>.',
  'You are about to <b>remove rule <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>die Regel <bdi>{0}</bdi> zu entfernen</b>.',
  'You are about to <b>trust no more issuer <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>dem Issuer <bdi>{0}</bdi> nicht mehr zu vertrauen</b>.',
  'as it says itself': 'wie er selbst sagt',
  given: 'angegeben',
  person: 'Person',
  people: 'Personen',
  'of them is locked': 'davon ist gesperrt',
  'of them are locked': 'davon sind gesperrt',
  groups: 'Gruppen',
  clusters: 'Cluster',
  'device came to a cluster': 'Gerät kam zu einem Cluster',
  'devices came to a cluster': 'Geräte kamen zu einem Cluster',
  'Look at it': 'Ansehen',
  '<bdi>{0}</bdi>: {1}': '<bdi>{0}</bdi>: {1}',
  'Its page says what, and how to mend it.':
    'Seine Seite sagt, was es ist und wie es zu beheben ist.',
  'You have no second factor': 'Sie haben keinen zweiten Faktor',
  'Whoever learns your password is an admin. A passkey ends that.':
    'Wer Ihr Passwort erfährt, hat Ihre Rechte. Ein Passkey beendet das.',
  '<bdi>{0}</bdi> is an admin without a second factor':
    '<bdi>{0}</bdi> verwaltet Lanyard ohne zweiten Faktor',
  'Ask them to add a passkey, or require it with admin.secondFactor.':
    'Bitten Sie die Person, einen Passkey hinzuzufügen, oder verlangen Sie ihn mit admin.secondFactor.',
  'Their page': 'Seite der Person',
  'You are the only admin': 'Nur Sie verwalten Lanyard',
  'If you lose your way in, only a command on the server helps.':
    'Wenn Sie Ihren Weg hinein verlieren, hilft nur ein Befehl auf dem Server.',
  'Choose another': 'Jemand weiteren wählen',
  '{0} sign-ins were refused in the last hour':
    '{0} Anmeldungen wurden in der letzten Stunde abgelehnt',
  'Somebody may be guessing. Accounts and networks are slowed by themselves.':
    'Vielleicht rät jemand. Konten und Netze werden von selbst gebremst.',
  '1 request waits for the owner of a group': '1 Anfrage wartet auf die Betreuung einer Gruppe',
  '{0} requests wait for the owner of a group':
    '{0} Anfragen warten auf die Betreuung einer Gruppe',
  'An owner of the group answers, or an admin.':
    'Wer die Gruppe betreut, antwortet, oder die Administration.',
  Requests: 'Anfragen',
  'You are about to <b>delete <bdi>{0}</bdi></b> and revoke 1 device; nobody can have the username again.':
    'Sie sind dabei, <b><bdi>{0}</bdi> zu löschen</b> und 1 Gerät zu widerrufen; niemand kann den Benutzernamen wieder haben.',
  'You are about to <b>delete <bdi>{0}</bdi></b> and revoke {1} devices; nobody can have the username again.':
    'Sie sind dabei, <b><bdi>{0}</bdi> zu löschen</b> und {1} Geräte zu widerrufen; niemand kann den Benutzernamen wieder haben.',
  'You are about to <b>lock <bdi>{0}</bdi></b> and revoke 1 device.':
    'Sie sind dabei, <b><bdi>{0}</bdi> zu sperren</b> und 1 Gerät zu widerrufen.',
  'You are about to <b>lock <bdi>{0}</bdi></b> and revoke {1} devices.':
    'Sie sind dabei, <b><bdi>{0}</bdi> zu sperren</b> und {1} Geräte zu widerrufen.',
  'You are about to <b>end all sessions of <bdi>{0}</bdi></b> in every browser and on 1 device.':
    'Sie sind dabei, <b>alle Sitzungen von <bdi>{0}</bdi> zu beenden</b>, in jedem Browser und auf 1 Gerät.',
  'You are about to <b>end all sessions of <bdi>{0}</bdi></b> in every browser and on {1} devices.':
    'Sie sind dabei, <b>alle Sitzungen von <bdi>{0}</bdi> zu beenden</b>, in jedem Browser und auf {1} Geräten.',
  'You are about to <b>revoke 1 device of <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>1 Gerät von <bdi>{0}</bdi> zu widerrufen</b>.',
  'You are about to <b>revoke {0} devices of <bdi>{1}</bdi></b>.':
    'Sie sind dabei, <b>{0} Geräte von <bdi>{1}</bdi> zu widerrufen</b>.',
  'You are about to <b>unlock <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b><bdi>{0}</bdi> zu entsperren</b>.',
  'You are about to <b>revoke a device of <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>ein Gerät von <bdi>{0}</bdi> zu widerrufen</b>.',
  'You are about to <b>make a link for <bdi>{0}</bdi></b> which lets whoever has it choose a new password.':
    'Sie sind dabei, <b>einen Link für <bdi>{0}</bdi> zu erstellen</b>; wer ihn hat, kann ein neues Passwort wählen.',
  'The link is made': 'Der Link ist erstellt',
  'Whoever opens it chooses a new password, and every session of theirs ends.':
    'Wer ihn öffnet, wählt ein neues Passwort, und alle Sitzungen der Person enden.',
  'You are about to <b>forget the failed sign-ins of <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>die fehlgeschlagenen Anmeldungen von <bdi>{0}</bdi> zu vergessen</b>.',
  'You are about to <b>remove every passkey and code of <bdi>{0}</bdi></b> so that the password alone signs in.':
    'Sie sind dabei, <b>alle Passkeys und Codes von <bdi>{0}</bdi> zu entfernen</b>, sodass das Passwort allein anmeldet.',
  'You are about to <b>change name and address of <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b>Name und Adresse von <bdi>{0}</bdi> zu ändern</b>.',
  'The user is added. They have no password yet.':
    'Die Person ist hinzugefügt. Sie hat noch kein Passwort.',
  'Locked. Every sign-in of theirs is void, and their devices are revoked.':
    'Gesperrt. Alle Anmeldungen der Person sind ungültig, und ihre Geräte sind widerrufen.',
  'Unlocked. They may sign in again.': 'Entsperrt. Die Person darf sich wieder anmelden.',
  'Every sign-in of theirs is void, in browsers and on devices.':
    'Alle Anmeldungen der Person sind ungültig, in Browsern und auf Geräten.',
  'All their devices are revoked.': 'Alle Geräte der Person sind widerrufen.',
  'Their failed sign-ins are forgotten.': 'Die fehlgeschlagenen Anmeldungen sind vergessen.',
  'Passkeys, one-time codes and recovery codes are gone.':
    'Passkeys, Einmalcodes und Wiederherstellungscodes sind weg.',
  'Added to the group.': 'In die Gruppe aufgenommen.',
  'Removed from the group.': 'Aus der Gruppe entfernt.',
  'everybody who is active may enter': 'alle aktiven Personen dürfen eintreten',
  'The user is deleted.': 'Die Person ist gelöscht.',
  'The selected users are in the group.': 'Die ausgewählten Personen sind in der Gruppe.',
  'The selected users are out of the group.':
    'Die ausgewählten Personen sind nicht mehr in der Gruppe.',
  'You are about to <b>add <bdi>{0}</bdi></b>.':
    'Sie sind dabei, <b><bdi>{0}</bdi> hinzuzufügen</b>.',
  password: 'Passwort',
  passkey: 'Passkey',
  '{0} passkeys': '{0} Passkeys',
  codes: 'Codes',
  'nothing yet': 'noch nichts',
}
