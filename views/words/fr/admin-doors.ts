import type { Catalogue } from '../translate.ts'

/** French of the admin's pages: clusters, applications, the record and the review. */
export const frenchAdminDoors: Catalogue = {
  'Who is in the groups that matter, by which way and since when unused, and what they may do.':
    'Qui est dans les groupes qui comptent, par quelle voie, inutilisé depuis quand, et ce que chacun peut faire.',
  'People as CSV': 'Personnes en CSV',
  'Bindings as CSV': 'Liaisons en CSV',
  'All as JSON': 'Tout en JSON',
  'One group alone': 'Un seul groupe',
  'Dormant after days': 'Inactif après (jours)',
  Show: 'Afficher',
  'The first 1,000 memberships are shown. The exports have 100,000; a group by itself may fit.':
    'Les 1 000 premières appartenances sont affichées. Les exports en ont 100 000 ; un groupe seul peut tenir.',
  'In numbers': 'En chiffres',
  'privileged group': 'groupe privilégié',
  'privileged groups': 'groupes privilégiés',
  'dormant person': 'personne inactive',
  'dormant people': 'personnes inactives',
  'unused login': 'connexion inutilisée',
  'unused logins': 'connexions inutilisées',
  'name in role bindings that is unknown here': 'nom de liaison de rôle inconnu ici',
  'names in role bindings that are unknown here': 'noms de liaisons de rôle inconnus ici',
  'The first {0}.': 'Les {0} premiers.',
  'Its members are not shown here: name the group above.':
    'Ses membres ne sont pas affichés ici : nommez le groupe ci-dessus.',
  'Nobody is in it.': 'Personne n’y est.',
  'Members of {0}': 'Membres de {0}',
  Who: 'Qui',
  Through: 'Par',
  Entered: 'Entrée',
  Logins: 'Connexions',
  locked: 'verrouillé',
  'dormant, {0}': 'inactif, {0}',
  'Good, and not used for {0} days': 'Valables, et inutilisées depuis {0} jours',
  'Devices and access tokens of these people. Revoke them on the person’s page.':
    'Appareils et jetons d’accès de ces personnes. Révoquez-les sur la page de la personne.',
  'The first 1,000.': 'Les 1 000 premières.',
  'Unused logins': 'Connexions inutilisées',
  Whose: 'À qui',
  'more than 1,000 bindings of people and groups of Lanyard.':
    'plus de 1 000 liaisons de personnes et de groupes de Lanyard.',
  '1 binding of people and groups of Lanyard.': '1 liaison de personnes et de groupes de Lanyard.',
  '{0} bindings of people and groups of Lanyard.':
    '{0} liaisons de personnes et de groupes de Lanyard.',
  'Its role bindings are not read. On the server: <code>lanyard cluster rbac-reader {0} --rbac</code>':
    'Ses liaisons de rôle ne sont pas lues. Sur le serveur : <code>lanyard cluster rbac-reader {0} --rbac</code>',
  'The first 1,000 bindings. The exports have 20,000.':
    'Les 1 000 premières liaisons. Les exports en ont 20 000.',
  'Nobody of Lanyard is bound to a role.': 'Personne de Lanyard n’est lié à un rôle.',
  'Role bindings of {0}': 'Liaisons de rôle de {0}',
  Role: 'Rôle',
  Where: 'Où',
  Binding: 'Liaison',
  group: 'groupe',
  user: 'personne',
  everywhere: 'partout',
  'Unknown here': 'Inconnu ici',
  'in <bdi>{0}</bdi>.': 'dans <bdi>{0}</bdi>.',
  'Fix: write <bdi class="mono">{0}</bdi>, if that was meant.':
    'Remède : écrivez <bdi class="mono">{0}</bdi>, si c’est ce qui était voulu.',
  'Bound to nothing': 'Lié à rien',
  'group <bdi class="mono">{0}</bdi> <span class="hint">may enter, and may do nothing there by itself.</span>':
    'groupe <bdi class="mono">{0}</bdi> <span class="hint">peut entrer, et ne peut rien y faire par lui-même.</span>',
  'Nobody has signed in to it yet.': 'Personne ne s’y est encore connecté.',
  'Last sign-in {0}.': 'Dernière connexion {0}.',
  'What they may do there is for the application to say.':
    'Ce qu’ils peuvent y faire, c’est l’application qui le dit.',
  nowhere: 'nulle part',
  Facts: 'Données',
  Issuer: 'Émetteur',
  'Client id': 'Identifiant du client',
  Kind: 'Genre',
  'public, PKCE: it has no secret': 'publique, PKCE : elle n’a pas de secret',
  'confidential: it has a secret': 'confidentielle : elle a un secret',
  'Returns to': 'Revient à',
  'After sign-out': 'Après la déconnexion',
  'Told of sign-outs': 'Informée des déconnexions',
  'Signed with': 'Signé avec',
  Secret: 'Secret',
  'Only its fingerprint is kept. If it is lost, make a new one: the old one ends at once.':
    'Seule son empreinte est conservée. S’il est perdu, créez-en un nouveau : l’ancien prend fin aussitôt.',
  'Make a new secret': 'Créer un nouveau secret',
  Delete: 'Supprimer',
  'Nobody signs in to it any more, whoever is signed in there gets no new token, and no later application inherits its client id.':
    'Plus personne ne s’y connecte, qui y est connecté ne reçoit plus de jeton, et aucune application ultérieure n’hérite de son identifiant.',
  'Delete application<span class="sr"> <bdi>{0}</bdi></span>':
    'Supprimer l’application<span class="sr"> <bdi>{0}</bdi></span>',
  'RS256: every program takes it': 'RS256 : tous les programmes l’acceptent',
  'ES256: shorter tokens': 'ES256 : jetons plus courts',
  'Add application': 'Ajouter une application',
  'Edit {0}': 'Modifier {0}',
  'Edit <bdi>{0}</bdi>': 'Modifier <bdi>{0}</bdi>',
  'Its secret is shown once, with what goes into its own configuration where it is one of those known.':
    'Son secret est montré une fois, avec ce qui va dans sa propre configuration si elle est l’une de celles qui sont connues.',
  'Its client id and its kind never change.': 'Son identifiant et son genre ne changent jamais.',
  Add: 'Ajouter',
  'a to z, 0 to 9 and - inside.': 'a à z, 0 à 9, et - à l’intérieur.',
  Save: 'Enregistrer',
  'Known program': 'Programme connu',
  'none of these': 'aucun de ceux-ci',
  'Where people open it': 'Où on l’ouvre',
  'For a known program: where it returns to follows from this.':
    'Pour un programme connu : l’adresse de retour en découle.',
  'Groups that may enter': 'Groupes qui peuvent entrer',
  'Names with a space between them.': 'Des noms séparés par un espace.',
  'Every active user may enter': 'Toute personne active peut entrer',
  'It can keep no secret': 'Elle ne peut garder aucun secret',
  'A program on people’s machines, or a page in a browser.':
    'Un programme sur les machines des gens, ou une page dans un navigateur.',
  'For ever; the name unless given.': 'Pour toujours ; à défaut, le nom.',
  'An address a line, exactly as the program sends it. Empty for a known program.':
    'Une adresse par ligne, exactement comme le programme l’envoie. Vide pour un programme connu.',
  'An address a line, exactly as the program sends it.':
    'Une adresse par ligne, exactement comme le programme l’envoie.',
  'Where it may send people after they signed out.':
    'Où elle peut envoyer les gens après leur déconnexion.',
  'Told of sign-outs at': 'Informée des déconnexions à',
  'Empty where it does not ask to be told.': 'Vide si elle ne demande pas à être informée.',
  'Tokens are signed with': 'Les jetons sont signés avec',
  'Other programs that sign people in here.':
    'D’autres programmes auxquels on se connecte par ici.',
  'There is no application': 'Il n’y a aucune application',
  'Argo CD, Grafana, Headlamp and others can sign people in here.':
    'On peut se connecter par ici à Argo CD, Grafana, Headlamp et d’autres.',
  'The first 1,000 by name.': 'Les 1 000 premiers par nom.',
  Client: 'Client',
  'Who may enter': 'Qui peut entrer',
  'Last sign-in': 'Dernière connexion',
  'public, PKCE': 'publique, PKCE',
  confidential: 'confidentielle',
  'and {0} more': 'et {0} de plus',
  everyone: 'tout le monde',
  'Who did what, to whom, from where and when. Every event is chained to the one before.':
    'Qui a fait quoi, à qui, d’où et quand. Chaque événement est chaîné au précédent.',
  'Verify<span class="sr"> that nothing was changed</span>':
    'Vérifier<span class="sr"> que rien n’a été changé</span>',
  'Export as JSON Lines': 'Exporter en JSON Lines',
  Events: 'Événements',
  'Of the last 30 days: name a day to look further back.':
    'Des 30 derniers jours : nommez un jour pour remonter plus loin.',
  'Nothing recorded.': 'Rien d’enregistré.',
  'Credential or reference': 'Justificatif ou référence',
  'JTI=… of a cluster’s audit log': 'JTI=… du journal d’audit d’un cluster',
  Person: 'Personne',
  Event: 'Événement',
  Any: 'Tous',
  'From (UTC)': 'Du (UTC)',
  'To (UTC)': 'Au (UTC)',
  Filter: 'Filtrer',
  'Who is behind it': 'Qui est derrière',
  'API server configuration': 'Configuration du serveur d’API',
  'What makes its kube-apiserver accept people, for each way of running one.':
    'Ce qui fait que son kube-apiserver accepte les gens, pour chaque façon d’en exploiter un.',
  Distribution: 'Distribution',
  '{0}, added to what it has': '{0}, ajouté à ce qui s’y trouve',
  'What kube-apiserver is started with in the end': 'Avec quoi kube-apiserver est lancé à la fin',
  Undo: 'Annuler',
  'To take it back': 'Pour revenir en arrière',
  'Run<span class="sr"> the doctor</span>': 'Lancer<span class="sr"> le diagnostic</span>',
  'Run again<span class="sr"> the doctor</span>': 'Relancer<span class="sr"> le diagnostic</span>',
  Doctor: 'Diagnostic',
  'Not run since the server started. It asks the issuer and the API server, and changes nothing.':
    'Pas lancé depuis le démarrage du serveur. Il interroge l’émetteur et le serveur d’API, et ne change rien.',
  '{0} of {1} checks passed, {2}.': '{0} contrôles sur {1} réussis, {2}.',
  'More can be seen on the server: <code>lanyard doctor</code> takes a kubeconfig, and files of the API server.':
    'On en voit plus sur le serveur : <code>lanyard doctor</code> prend un kubeconfig et des fichiers du serveur d’API.',
  'Fix: {0}': 'Remède : {0}',
  'Fix, {0}: {1}': 'Remède, {0} : {1}',
  'RS256: every apiserver takes it': 'RS256 : tous les serveurs d’API l’acceptent',
  'ES256: shorter tokens, needs to be configured':
    'ES256 : jetons plus courts, doit être configuré',
  'Add cluster': 'Ajouter un cluster',
  'Its page then shows what to paste into its kube-apiserver.':
    'Sa page montre ensuite ce qu’il faut coller dans son kube-apiserver.',
  'What its kube-apiserver is told may change with this: look at its page afterwards.':
    'Ce qui est dit à son kube-apiserver peut changer avec cela : regardez sa page ensuite.',
  'What people type: a to z, 0 to 9 and - inside.':
    'Ce que les gens tapent : a à z, 0 à 9, et - à l’intérieur.',
  'Its https address, as in a kubeconfig.': 'Son adresse https, comme dans un kubeconfig.',
  'CA of the API server': 'CA du serveur d’API',
  'PEM, for kubectl. Empty where people’s systems trust it.':
    'PEM, pour kubectl. Vide si les systèmes des gens lui font confiance.',
  'Kubernetes version': 'Version de Kubernetes',
  'Such as 1.34. Empty for the newest that is known.':
    'Comme 1.34. Vide pour la plus récente connue.',
  Live: 'En direct',
  'The API server asks Lanyard: removing someone takes effect within 10 seconds.':
    'Le serveur d’API interroge Lanyard : retirer quelqu’un prend effet en 10 secondes.',
  Embedded: 'Intégrés',
  'Groups travel in the token.': 'Les groupes voyagent dans le jeton.',
  'Groups are': 'Les groupes sont',
  More: 'Plus',
  'Username prefix': 'Préfixe des noms d’utilisateur',
  'What its API server puts before usernames.':
    'Ce que son serveur d’API met devant les noms d’utilisateur.',
  'Groups prefix': 'Préfixe des groupes',
  'What its API server puts before groups.': 'Ce que son serveur d’API met devant les groupes.',
  'Fallback after': 'Repli après',
  'Seconds without live groups after which tokens carry them. Empty for never.':
    'Secondes sans groupes en direct après lesquelles les jetons les portent. Vide pour jamais.',
  'API servers behind that address': 'Serveurs d’API derrière cette adresse',
  'An https address a line, where there are several.':
    'Une adresse https par ligne, s’il y en a plusieurs.',
  Proxy: 'Proxy',
  'The address of lanyard proxy before it: what kubeconfigs get instead.':
    'L’adresse de lanyard proxy devant lui : ce que les kubeconfigs reçoivent à la place.',
  'CA of the proxy': 'CA du proxy',
  'What they may do there is said by RBAC in the cluster, which binds these groups.':
    'Ce qu’ils peuvent y faire est dit par RBAC dans le cluster, qui lie ces groupes.',
  'After {0} without live groups, tokens carry them all the same.':
    'Après {0} sans groupes en direct, les jetons les portent quand même.',
  'The API server asks Lanyard. Removing someone takes effect within 10 seconds; if Lanyard is down, nobody new gets in.':
    'Le serveur d’API interroge Lanyard. Retirer quelqu’un prend effet en 10 secondes ; si Lanyard est arrêté, personne de nouveau n’entre.',
  'Groups travel in the token. Removing someone takes effect when the token ends, at most {0}; who is in already works on while Lanyard is down.':
    'Les groupes voyagent dans le jeton. Retirer quelqu’un prend effet à la fin du jeton, au plus {0} ; qui est déjà entré continue quand Lanyard est arrêté.',
  'Groups in tokens': 'Groupes dans les jetons',
  'The API server’s configuration below changes with this: paste it again.':
    'La configuration du serveur d’API ci-dessous change avec cela : collez-la de nouveau.',
  live: 'en direct',
  embedded: 'intégrés',
  'not read. On the server: <code>lanyard cluster rbac-reader {0} --rbac</code>':
    'non lues. Sur le serveur : <code>lanyard cluster rbac-reader {0} --rbac</code>',
  'read for the access review, since {0}': 'lues pour la revue des accès, depuis {0}',
  'Role bindings': 'Liaisons de rôle',
  'Token webhook': 'Webhook de jetons',
  'For an API server that asks Lanyard about each token.':
    'Pour un serveur d’API qui interroge Lanyard sur chaque jeton.',
  'For lanyard proxy before an API server.': 'Pour lanyard proxy devant un serveur d’API.',
  'Credentials of gateways': 'Accès des passerelles',
  'Whoever has one can ask Lanyard whose a token is. Each is shown once.':
    'Qui en a un peut demander à Lanyard à qui est un jeton. Chacun est montré une fois.',
  'There is none.': 'Il n’y en a aucun.',
  '{0} good, the newest made {1}.': '{0} valables, le plus récent créé {1}.',
  'Make one<span class="sr"> for the {0}</span>': 'En créer un<span class="sr"> pour : {0}</span>',
  'Revoke all<span class="sr"> of the {0}</span>': 'Tout révoquer<span class="sr"> de : {0}</span>',
  'Nobody gets a token for it any more, and no later cluster inherits its audience. Contexts in people’s kubeconfigs stay, and are of no use.':
    'Plus personne ne reçoit de jeton pour lui, et aucun cluster ultérieur n’hérite de son audience. Les contextes des kubeconfigs des gens restent, et ne servent à rien.',
  'Delete cluster<span class="sr"> <bdi>{0}</bdi></span>':
    'Supprimer le cluster<span class="sr"> <bdi>{0}</bdi></span>',
  'A token for one cluster is worthless at another.':
    'Un jeton pour un cluster ne vaut rien dans un autre.',
  'There is no cluster': 'Il n’y a aucun cluster',
  'Add the first one, and paste what its page shows into its kube-apiserver.':
    'Ajoutez le premier, et collez ce que sa page montre dans son kube-apiserver.',
  Health: 'Santé',
  Alg: 'Alg',
  'Entered in a day': 'Entrées en un jour',
  'not run': 'pas lancé',
  '{0} of {1}': '{0} sur {1}',
  'over 1,000': 'plus de 1 000',
  'more than 1,000 logins entered in the last day. A login is listed once, when it first entered.':
    'plus de 1 000 connexions sont entrées le dernier jour. Une connexion figure une fois, à sa première entrée.',
  '1 login entered in the last day. A login is listed once, when it first entered.':
    '1 connexion est entrée le dernier jour. Une connexion figure une fois, à sa première entrée.',
  '{0} logins entered in the last day. A login is listed once, when it first entered.':
    '{0} connexions sont entrées le dernier jour. Une connexion figure une fois, à sa première entrée.',
  'signed in': 'connecté',
  revoked: 'révoqué',
  'Who entered lately': 'Qui est entré récemment',
  'Nobody yet.': 'Encore personne.',
  Login: 'Connexion',
  Download: 'Télécharger',
  Copy: 'Copier',
  Passed: 'Réussi',
  Warning: 'Avertissement',
  Failed: 'Échoué',
  'Not looked at': 'Pas examiné',
}
