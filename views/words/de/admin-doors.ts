import type { Catalogue } from '../translate.ts'

/** German of the admin's pages: clusters, applications, the record and the review. */
export const germanAdminDoors: Catalogue = {
  'Who is in the groups that matter, by which way and since when unused, and what they may do.':
    'Wer in den Gruppen ist, auf die es ankommt, auf welchem Weg, seit wann unbenutzt, und was sie dürfen.',
  'People as CSV': 'Personen als CSV',
  'Bindings as CSV': 'Bindungen als CSV',
  'All as JSON': 'Alles als JSON',
  'One group alone': 'Nur eine Gruppe',
  'Dormant after days': 'Untätig nach Tagen',
  Show: 'Zeigen',
  'The first 1,000 memberships are shown. The exports have 100,000; a group by itself may fit.':
    'Gezeigt sind die ersten 1.000 Mitgliedschaften. Die Exporte haben 100.000; eine einzelne Gruppe passt vielleicht.',
  'In numbers': 'In Zahlen',
  'privileged group': 'Gruppe mit Sonderrechten',
  'privileged groups': 'Gruppen mit Sonderrechten',
  'dormant person': 'untätige Person',
  'dormant people': 'untätige Personen',
  'unused login': 'unbenutzte Anmeldung',
  'unused logins': 'unbenutzte Anmeldungen',
  'name in role bindings that is unknown here': 'Name in Rollenbindungen, der hier unbekannt ist',
  'names in role bindings that are unknown here':
    'Namen in Rollenbindungen, die hier unbekannt sind',
  'The first {0}.': 'Die ersten {0}.',
  'Its members are not shown here: name the group above.':
    'Ihre Mitglieder sind hier nicht gezeigt: Nennen Sie die Gruppe oben.',
  'Nobody is in it.': 'Niemand ist darin.',
  'Members of {0}': 'Mitglieder von {0}',
  Who: 'Wer',
  Through: 'Durch',
  Entered: 'Eingetreten',
  Logins: 'Anmeldungen',
  locked: 'gesperrt',
  'dormant, {0}': 'untätig, {0}',
  'Good, and not used for {0} days': 'Gültig und seit {0} Tagen nicht benutzt',
  'Devices and access tokens of these people. Revoke them on the person’s page.':
    'Geräte und Zugriffstoken dieser Personen. Widerrufen Sie sie auf der Seite der Person.',
  'The first 1,000.': 'Die ersten 1.000.',
  'Unused logins': 'Unbenutzte Anmeldungen',
  Whose: 'Von wem',
  'more than 1,000 bindings of people and groups of Lanyard.':
    'mehr als 1.000 Bindungen von Personen und Gruppen aus Lanyard.',
  '1 binding of people and groups of Lanyard.': '1 Bindung von Personen und Gruppen aus Lanyard.',
  '{0} bindings of people and groups of Lanyard.':
    '{0} Bindungen von Personen und Gruppen aus Lanyard.',
  'Its role bindings are not read. On the server: <code>lanyard cluster rbac-reader {0} --rbac</code>':
    'Seine Rollenbindungen werden nicht gelesen. Auf dem Server: <code>lanyard cluster rbac-reader {0} --rbac</code>',
  'The first 1,000 bindings. The exports have 20,000.':
    'Die ersten 1.000 Bindungen. Die Exporte haben 20.000.',
  'Nobody of Lanyard is bound to a role.': 'Niemand aus Lanyard ist an eine Rolle gebunden.',
  'Role bindings of {0}': 'Rollenbindungen von {0}',
  Role: 'Rolle',
  Where: 'Wo',
  Binding: 'Bindung',
  group: 'Gruppe',
  user: 'Person',
  everywhere: 'überall',
  'Unknown here': 'Hier unbekannt',
  'in <bdi>{0}</bdi>.': 'in <bdi>{0}</bdi>.',
  'Fix: write <bdi class="mono">{0}</bdi>, if that was meant.':
    'Abhilfe: Schreiben Sie <bdi class="mono">{0}</bdi>, wenn das gemeint war.',
  'Bound to nothing': 'An nichts gebunden',
  'group <bdi class="mono">{0}</bdi> <span class="hint">may enter, and may do nothing there by itself.</span>':
    'Gruppe <bdi class="mono">{0}</bdi> <span class="hint">darf eintreten, und darf dort für sich allein nichts.</span>',
  'Nobody has signed in to it yet.': 'Noch niemand hat sich dort angemeldet.',
  'Last sign-in {0}.': 'Letzte Anmeldung {0}.',
  'What they may do there is for the application to say.':
    'Was sie dort dürfen, sagt die Anwendung.',
  nowhere: 'nirgendwohin',
  Facts: 'Angaben',
  Issuer: 'Issuer',
  'Client id': 'Client-ID',
  Kind: 'Art',
  'public, PKCE: it has no secret': 'öffentlich, PKCE: Sie hat kein Geheimnis',
  'confidential: it has a secret': 'vertraulich: Sie hat ein Geheimnis',
  'Returns to': 'Kehrt zurück zu',
  'After sign-out': 'Nach dem Abmelden',
  'Told of sign-outs': 'Erfährt von Abmeldungen',
  'Signed with': 'Signiert mit',
  Secret: 'Geheimnis',
  'Only its fingerprint is kept. If it is lost, make a new one: the old one ends at once.':
    'Nur sein Fingerabdruck ist gespeichert. Ist es verloren, erstellen Sie ein neues: Das alte endet sofort.',
  'Make a new secret': 'Neues Geheimnis erstellen',
  Delete: 'Löschen',
  'Nobody signs in to it any more, whoever is signed in there gets no new token, and no later application inherits its client id.':
    'Niemand meldet sich dort mehr an, wer dort angemeldet ist, bekommt kein neues Token, und keine spätere Anwendung erbt ihre Client-ID.',
  'Delete application<span class="sr"> <bdi>{0}</bdi></span>':
    'Anwendung löschen<span class="sr"> <bdi>{0}</bdi></span>',
  'RS256: every program takes it': 'RS256: Jedes Programm nimmt es an',
  'ES256: shorter tokens': 'ES256: kürzere Token',
  'Add application': 'Anwendung hinzufügen',
  'Edit {0}': '{0} bearbeiten',
  'Edit <bdi>{0}</bdi>': '<bdi>{0}</bdi> bearbeiten',
  'Its secret is shown once, with what goes into its own configuration where it is one of those known.':
    'Ihr Geheimnis wird einmal gezeigt, mit dem, was in ihre eigene Konfiguration gehört, wenn sie eine der bekannten ist.',
  'Its client id and its kind never change.': 'Ihre Client-ID und ihre Art ändern sich nie.',
  Add: 'Hinzufügen',
  'a to z, 0 to 9 and - inside.': 'a bis z, 0 bis 9 und - dazwischen.',
  Save: 'Speichern',
  'Known program': 'Bekanntes Programm',
  'none of these': 'keines davon',
  'Where people open it': 'Wo man sie öffnet',
  'For a known program: where it returns to follows from this.':
    'Für ein bekanntes Programm: Daraus folgt, wohin es zurückkehrt.',
  'Groups that may enter': 'Gruppen, die eintreten dürfen',
  'Names with a space between them.': 'Namen mit Leerzeichen dazwischen.',
  'Every active user may enter': 'Alle aktiven Personen dürfen eintreten',
  'It can keep no secret': 'Sie kann kein Geheimnis bewahren',
  'A program on people’s machines, or a page in a browser.':
    'Ein Programm auf den Rechnern der Leute oder eine Seite im Browser.',
  'For ever; the name unless given.': 'Für immer; ohne Angabe der Name.',
  'An address a line, exactly as the program sends it. Empty for a known program.':
    'Eine Adresse je Zeile, genau wie das Programm sie sendet. Leer für ein bekanntes Programm.',
  'An address a line, exactly as the program sends it.':
    'Eine Adresse je Zeile, genau wie das Programm sie sendet.',
  'Where it may send people after they signed out.':
    'Wohin sie Leute nach dem Abmelden schicken darf.',
  'Told of sign-outs at': 'Erfährt von Abmeldungen bei',
  'Empty where it does not ask to be told.': 'Leer, wenn sie es nicht erfahren will.',
  'Tokens are signed with': 'Token werden signiert mit',
  'Other programs that sign people in here.':
    'Andere Programme, bei denen man sich von hier anmeldet.',
  'There is no application': 'Es gibt keine Anwendung',
  'Argo CD, Grafana, Headlamp and others can sign people in here.':
    'Bei Argo CD, Grafana, Headlamp und anderen kann man sich von hier anmelden.',
  'The first 1,000 by name.': 'Die ersten 1.000 nach Namen.',
  Client: 'Client',
  'Who may enter': 'Wer eintreten darf',
  'Last sign-in': 'Letzte Anmeldung',
  'public, PKCE': 'öffentlich, PKCE',
  confidential: 'vertraulich',
  'and {0} more': 'und {0} weitere',
  everyone: 'alle',
  'Who did what, to whom, from where and when. Every event is chained to the one before.':
    'Wer was mit wem tat, von wo und wann. Jedes Ereignis ist mit dem vorigen verkettet.',
  'Verify<span class="sr"> that nothing was changed</span>':
    'Prüfen<span class="sr">, dass nichts geändert wurde</span>',
  'Export as JSON Lines': 'Als JSON Lines exportieren',
  Events: 'Ereignisse',
  'Of the last 30 days: name a day to look further back.':
    'Der letzten 30 Tage: Nennen Sie einen Tag, um weiter zurückzuschauen.',
  'Nothing recorded.': 'Nichts aufgezeichnet.',
  'Credential or reference': 'Nachweis oder Referenz',
  'JTI=… of a cluster’s audit log': 'JTI=… aus dem Audit-Log eines Clusters',
  Person: 'Person',
  Event: 'Ereignis',
  Any: 'Alle',
  'From (UTC)': 'Von (UTC)',
  'To (UTC)': 'Bis (UTC)',
  Filter: 'Filtern',
  'Who is behind it': 'Wer dahintersteht',
  'API server configuration': 'Konfiguration des API-Servers',
  'What makes its kube-apiserver accept people, for each way of running one.':
    'Womit sein kube-apiserver Personen annimmt, für jede Art, einen zu betreiben.',
  Distribution: 'Distribution',
  '{0}, added to what it has': '{0}, an das Vorhandene angefügt',
  'What kube-apiserver is started with in the end': 'Womit kube-apiserver am Ende gestartet wird',
  Undo: 'Rückgängig',
  'To take it back': 'Um es zurückzunehmen',
  'Run<span class="sr"> the doctor</span>': 'Ausführen<span class="sr">: Diagnose</span>',
  'Run again<span class="sr"> the doctor</span>':
    'Erneut ausführen<span class="sr">: Diagnose</span>',
  Doctor: 'Diagnose',
  'Not run since the server started. It asks the issuer and the API server, and changes nothing.':
    'Seit dem Start des Servers nicht ausgeführt. Sie fragt den Issuer und den API-Server und ändert nichts.',
  '{0} of {1} checks passed, {2}.': '{0} von {1} Prüfungen bestanden, {2}.',
  'More can be seen on the server: <code>lanyard doctor</code> takes a kubeconfig, and files of the API server.':
    'Auf dem Server ist mehr zu sehen: <code>lanyard doctor</code> nimmt eine kubeconfig und Dateien des API-Servers.',
  'Fix: {0}': 'Abhilfe: {0}',
  'Fix, {0}: {1}': 'Abhilfe, {0}: {1}',
  'RS256: every apiserver takes it': 'RS256: Jeder API-Server nimmt es an',
  'ES256: shorter tokens, needs to be configured': 'ES256: kürzere Token, muss konfiguriert sein',
  'Add cluster': 'Cluster hinzufügen',
  'Its page then shows what to paste into its kube-apiserver.':
    'Seine Seite zeigt dann, was in seinen kube-apiserver gehört.',
  'What its kube-apiserver is told may change with this: look at its page afterwards.':
    'Was sein kube-apiserver gesagt bekommt, kann sich damit ändern: Sehen Sie danach auf seine Seite.',
  'What people type: a to z, 0 to 9 and - inside.':
    'Was man tippt: a bis z, 0 bis 9 und - dazwischen.',
  'Its https address, as in a kubeconfig.': 'Seine https-Adresse, wie in einer kubeconfig.',
  'CA of the API server': 'CA des API-Servers',
  'PEM, for kubectl. Empty where people’s systems trust it.':
    'PEM, für kubectl. Leer, wenn die Systeme der Leute ihr vertrauen.',
  'Kubernetes version': 'Kubernetes-Version',
  'Such as 1.34. Empty for the newest that is known.': 'Etwa 1.34. Leer für die neueste bekannte.',
  Live: 'Live',
  'The API server asks Lanyard: removing someone takes effect within 10 seconds.':
    'Der API-Server fragt Lanyard: Wer entfernt wird, ist es innerhalb von 10 Sekunden.',
  Embedded: 'Eingebettet',
  'Groups travel in the token.': 'Gruppen reisen im Token.',
  'Groups are': 'Gruppen sind',
  More: 'Mehr',
  'Username prefix': 'Präfix für Benutzernamen',
  'What its API server puts before usernames.': 'Was sein API-Server vor Benutzernamen setzt.',
  'Groups prefix': 'Präfix für Gruppen',
  'What its API server puts before groups.': 'Was sein API-Server vor Gruppen setzt.',
  'Fallback after': 'Ersatz nach',
  'Seconds without live groups after which tokens carry them. Empty for never.':
    'Sekunden ohne Live-Gruppen, nach denen Token sie tragen. Leer für nie.',
  'API servers behind that address': 'API-Server hinter dieser Adresse',
  'An https address a line, where there are several.':
    'Eine https-Adresse je Zeile, wenn es mehrere gibt.',
  Proxy: 'Proxy',
  'The address of lanyard proxy before it: what kubeconfigs get instead.':
    'Die Adresse von lanyard proxy davor: was kubeconfigs stattdessen bekommen.',
  'CA of the proxy': 'CA des Proxys',
  'What they may do there is said by RBAC in the cluster, which binds these groups.':
    'Was sie dort dürfen, sagt RBAC im Cluster, das diese Gruppen bindet.',
  'After {0} without live groups, tokens carry them all the same.':
    'Nach {0} ohne Live-Gruppen tragen Token sie trotzdem.',
  'The API server asks Lanyard. Removing someone takes effect within 10 seconds; if Lanyard is down, nobody new gets in.':
    'Der API-Server fragt Lanyard. Wer entfernt wird, ist es innerhalb von 10 Sekunden; ist Lanyard nicht erreichbar, kommt niemand Neues hinein.',
  'Groups travel in the token. Removing someone takes effect when the token ends, at most {0}; who is in already works on while Lanyard is down.':
    'Gruppen reisen im Token. Wer entfernt wird, ist es, wenn das Token endet, nach höchstens {0}; wer schon darin ist, arbeitet weiter, wenn Lanyard nicht erreichbar ist.',
  'Groups in tokens': 'Gruppen in Token',
  'The API server’s configuration below changes with this: paste it again.':
    'Die Konfiguration des API-Servers unten ändert sich damit: Fügen Sie sie neu ein.',
  live: 'live',
  embedded: 'eingebettet',
  'not read. On the server: <code>lanyard cluster rbac-reader {0} --rbac</code>':
    'nicht gelesen. Auf dem Server: <code>lanyard cluster rbac-reader {0} --rbac</code>',
  'read for the access review, since {0}': 'gelesen für die Zugriffsprüfung, seit {0}',
  'Role bindings': 'Rollenbindungen',
  'Token webhook': 'Token-Webhook',
  'For an API server that asks Lanyard about each token.':
    'Für einen API-Server, der Lanyard zu jedem Token fragt.',
  'For lanyard proxy before an API server.': 'Für lanyard proxy vor einem API-Server.',
  'Credentials of gateways': 'Zugänge der Gateways',
  'Whoever has one can ask Lanyard whose a token is. Each is shown once.':
    'Wer einen hat, kann Lanyard fragen, wem ein Token gehört. Jeder wird einmal gezeigt.',
  'There is none.': 'Es gibt keinen.',
  '{0} good, the newest made {1}.': '{0} gültig, der neueste erstellt {1}.',
  'Make one<span class="sr"> for the {0}</span>':
    'Einen erstellen<span class="sr"> für: {0}</span>',
  'Revoke all<span class="sr"> of the {0}</span>':
    'Alle widerrufen<span class="sr"> von: {0}</span>',
  'Nobody gets a token for it any more, and no later cluster inherits its audience. Contexts in people’s kubeconfigs stay, and are of no use.':
    'Niemand bekommt mehr ein Token dafür, und kein späterer Cluster erbt seine Audience. Kontexte in den kubeconfigs der Leute bleiben und nützen nichts.',
  'Delete cluster<span class="sr"> <bdi>{0}</bdi></span>':
    'Cluster löschen<span class="sr"> <bdi>{0}</bdi></span>',
  'A token for one cluster is worthless at another.':
    'Ein Token für einen Cluster ist bei einem anderen wertlos.',
  'There is no cluster': 'Es gibt keinen Cluster',
  'Add the first one, and paste what its page shows into its kube-apiserver.':
    'Fügen Sie den ersten hinzu, und kopieren Sie in seinen kube-apiserver, was seine Seite zeigt.',
  Health: 'Zustand',
  Alg: 'Alg',
  'Entered in a day': 'Eingetreten in einem Tag',
  'not run': 'nicht ausgeführt',
  '{0} of {1}': '{0} von {1}',
  'over 1,000': 'über 1.000',
  'more than 1,000 logins entered in the last day. A login is listed once, when it first entered.':
    'mehr als 1.000 Anmeldungen traten am letzten Tag ein. Eine Anmeldung steht einmal hier, als sie zuerst eintrat.',
  '1 login entered in the last day. A login is listed once, when it first entered.':
    '1 Anmeldung trat am letzten Tag ein. Eine Anmeldung steht einmal hier, als sie zuerst eintrat.',
  '{0} logins entered in the last day. A login is listed once, when it first entered.':
    '{0} Anmeldungen traten am letzten Tag ein. Eine Anmeldung steht einmal hier, als sie zuerst eintrat.',
  'signed in': 'angemeldet',
  revoked: 'widerrufen',
  'Who entered lately': 'Wer zuletzt eintrat',
  'Nobody yet.': 'Noch niemand.',
  Login: 'Anmeldung',
  Download: 'Herunterladen',
  Copy: 'Kopieren',
  Passed: 'Bestanden',
  Warning: 'Warnung',
  Failed: 'Fehlgeschlagen',
  'Not looked at': 'Nicht angesehen',
}
