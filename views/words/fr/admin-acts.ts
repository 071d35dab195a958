import type { Catalogue } from '../translate.ts'

/** French of the admin's pages: what is done, and what comes of it. */
export const frenchAdminActs: Catalogue = {
  device: 'appareil',
  'access token': 'jeton d’accès',
  'administers Lanyard': 'administre Lanyard',
  'cluster-admin in {0}': 'cluster-admin dans {0}',
  'cluster-admin in {0} in namespace {1}': 'cluster-admin dans {0}, namespace {1}',
  'may be asked for, for {0} at most': 'peut être demandé, pour {0} au plus',
  'asks for a passkey': 'demande une clé d’accès',
  'asks for two factors': 'demande deux facteurs',
  'asks for a sign-in within {0}': 'demande une connexion de moins de {0}',
  'asks for a passkey and a sign-in within {0}':
    'demande une clé d’accès et une connexion de moins de {0}',
  'asks for two factors and a sign-in within {0}':
    'demande deux facteurs et une connexion de moins de {0}',
  'You are about to <b>change application <bdi>{0}</bdi></b>.':
    'Vous allez <b>modifier l’application <bdi>{0}</bdi></b>.',
  'You are about to <b>add application <bdi>{0}</bdi></b>.':
    'Vous allez <b>ajouter l’application <bdi>{0}</bdi></b>.',
  'It has no secret.': 'Elle n’a pas de secret.',
  'Its secret is in what stands here.': 'Son secret est dans ce qui figure ici.',
  'The application is added.': 'L’application est ajoutée.',
  'The application is changed.': 'L’application est modifiée.',
  'The group may enter, from the next sign-in on.':
    'Le groupe peut entrer, dès la prochaine connexion.',
  'The group may enter no more.': 'Le groupe ne peut plus entrer.',
  'Who may enter is changed.': 'Qui peut entrer est modifié.',
  'The sign-in policy is saved. It is asked of every token from now on.':
    'La règle de connexion est enregistrée. Elle vaut désormais pour chaque jeton.',
  'You are about to <b>make a new secret for <bdi>{0}</bdi></b> whose old one ends at once.':
    'Vous allez <b>créer un nouveau secret pour <bdi>{0}</bdi></b> ; l’ancien prend fin aussitôt.',
  'Secret of {0}': 'Secret de {0}',
  'The one before works no more.': 'Le précédent ne vaut plus.',
  'You are about to <b>delete application <bdi>{0}</bdi></b>.':
    'Vous allez <b>supprimer l’application <bdi>{0}</bdi></b>.',
  'The application is deleted.': 'L’application est supprimée.',
  'deleted, {0}': 'supprimé, {0}',
  '{0} by {1}': '{0} par {1}',
  Revoked: 'Révoqué',
  somebody: 'quelqu’un',
  '{0}, {1} times': '{0}, {1} fois',
  On: 'Sur',
  Counted: 'Compté',
  '{0} within a minute': '{0} en une minute',
  Entry: 'Entrée',
  '{0}, all': '{0}, tous',
  'Nothing was changed: 1 event, as recorded.':
    'Rien n’a été changé : 1 événement, tel qu’enregistré.',
  'Nothing was changed: {0} events, as recorded.':
    'Rien n’a été changé : {0} événements, tels qu’enregistrés.',
  'The record was tampered with: 1 fault in {0} events.':
    'L’enregistrement a été falsifié : 1 défaut dans {0} événements.',
  'The record was tampered with: {0} faults in {1} events.':
    'L’enregistrement a été falsifié : {0} défauts dans {1} événements.',
  'Events up to {0} are from before the chain: proved since then alone.':
    'Les événements jusqu’à {0} datent d’avant la chaîne : prouvés depuis lors seulement.',
  'Events up to {0} were deleted by retention.':
    'Les événements jusqu’à {0} ont été supprimés au terme de leur conservation.',
  'Head {0}:{1}. Note it elsewhere.': 'Tête {0}:{1}. Notez-la ailleurs.',
  'You are about to <b>add {0} to <bdi>{1}</bdi></b>.':
    'Vous allez <b>ajouter {0} à <bdi>{1}</bdi></b>.',
  'You are about to <b>add {0} people to <bdi>{1}</bdi></b>.':
    'Vous allez <b>ajouter {0} personnes à <bdi>{1}</bdi></b>.',
  'You are about to <b>remove {0} from <bdi>{1}</bdi></b>.':
    'Vous allez <b>retirer {0} de <bdi>{1}</bdi></b>.',
  'You are about to <b>remove {0} people from <bdi>{1}</bdi></b>.':
    'Vous allez <b>retirer {0} personnes de <bdi>{1}</bdi></b>.',
  'This is for Kubernetes {0}; say which it is where that is another.':
    'Ceci est pour Kubernetes {0} ; indiquez la version si c’en est une autre.',
  'You are about to <b>make a credential of the token webhook for <bdi>{0}</bdi></b>.':
    'Vous allez <b>créer un accès du webhook de jetons pour <bdi>{0}</bdi></b>.',
  'You are about to <b>make a credential of the proxy for <bdi>{0}</bdi></b>.':
    'Vous allez <b>créer un accès du proxy pour <bdi>{0}</bdi></b>.',
  'You are about to <b>revoke all credentials of the token webhook for <bdi>{0}</bdi></b> which gets no answer any more until it has a new one.':
    'Vous allez <b>révoquer tous les accès du webhook de jetons pour <bdi>{0}</bdi></b>, qui ne reçoit plus de réponse avant d’en avoir un nouveau.',
  'You are about to <b>revoke all credentials of the proxy for <bdi>{0}</bdi></b> which gets no answer any more until it has a new one.':
    'Vous allez <b>révoquer tous les accès du proxy pour <bdi>{0}</bdi></b>, qui ne reçoit plus de réponse avant d’en avoir un nouveau.',
  'Credential of the token webhook': 'Accès du webhook de jetons',
  'Credential of the proxy': 'Accès du proxy',
  'For {0}. Whoever has it can ask Lanyard whose a token is.':
    'Pour {0}. Qui l’a peut demander à Lanyard à qui est un jeton.',
  'credential, in the configuration of lanyard proxy':
    'credential, dans la configuration de lanyard proxy',
  'The rest of its configuration: lanyard cluster proxy-config {0}':
    'Le reste de sa configuration : lanyard cluster proxy-config {0}',
  '/etc/kubernetes/lanyard-webhook.kubeconfig, mode 0600':
    '/etc/kubernetes/lanyard-webhook.kubeconfig, droits 0600',
  'Flags of kube-apiserver': 'Options de kube-apiserver',
  'A token that is revoked works for up to 20 seconds more: 10 of this cache and 10 of the API server’s own.':
    'Un jeton révoqué vaut encore jusqu’à 20 secondes : 10 de ce cache et 10 de celui du serveur d’API.',
  'on Lanyard’s server': 'sur le serveur de Lanyard',
  'on the laptop': 'sur le portable',
  'on the API server’s machine': 'sur la machine du serveur d’API',
  '{0}, in {1}, at its end': '{0}, dans {1}, à la fin',
  '{0}, in {1}, line {2}': '{0}, dans {1}, ligne {2}',
  'You are about to <b>add cluster <bdi>{0}</bdi></b>.':
    'Vous allez <b>ajouter le cluster <bdi>{0}</bdi></b>.',
  'You are about to <b>change cluster <bdi>{0}</bdi></b>.':
    'Vous allez <b>modifier le cluster <bdi>{0}</bdi></b>.',
  'The cluster is added. Paste what stands under “API server configuration” into its kube-apiserver, then run the doctor.':
    'Le cluster est ajouté. Collez ce qui figure sous « Configuration du serveur d’API » dans son kube-apiserver, puis lancez le diagnostic.',
  'The cluster is changed.': 'Le cluster est modifié.',
  'The group may enter, from the next token on.': 'Le groupe peut entrer, dès le prochain jeton.',
  'Groups in tokens are changed. Paste the API server’s configuration again.':
    'Les groupes dans les jetons sont modifiés. Collez de nouveau la configuration du serveur d’API.',
  'The credentials are revoked: whoever shows one is answered no more.':
    'Les accès sont révoqués : qui en montre un ne reçoit plus de réponse.',
  'The doctor ran.': 'Le diagnostic a été fait.',
  refusing: 'refuse',
  '{0} failed': '{0} en échec',
  'not reached': 'pas joint',
  '{0} to look at': '{0} à regarder',
  healthy: 'en bonne santé',
  'in use': 'utilisé',
  'not seen lately': 'pas vu récemment',
  'Behind it': 'Derrière',
  'not said: the newest that is known': 'non indiquée : la plus récente connue',
  'Token life': 'Durée des jetons',
  'You are about to <b>delete cluster <bdi>{0}</bdi></b> which more than 1,000 logins entered: nobody gets a token for it any more.':
    'Vous allez <b>supprimer le cluster <bdi>{0}</bdi></b>, où plus de 1 000 connexions sont entrées : plus personne ne reçoit de jeton pour lui.',
  'You are about to <b>delete cluster <bdi>{0}</bdi></b> which 1 login entered: nobody gets a token for it any more.':
    'Vous allez <b>supprimer le cluster <bdi>{0}</bdi></b>, où 1 connexion est entrée : plus personne ne reçoit de jeton pour lui.',
  'You are about to <b>delete cluster <bdi>{0}</bdi></b> which {1} logins entered: nobody gets a token for it any more.':
    'Vous allez <b>supprimer le cluster <bdi>{0}</bdi></b>, où {1} connexions sont entrées : plus personne ne reçoit de jeton pour lui.',
  'You are about to <b>make groups live in <bdi>{0}</bdi></b>.':
    'Vous allez <b>mettre les groupes en direct dans <bdi>{0}</bdi></b>.',
  'You are about to <b>make groups embedded in <bdi>{0}</bdi></b>.':
    'Vous allez <b>intégrer les groupes aux jetons dans <bdi>{0}</bdi></b>.',
  'The cluster is deleted.': 'Le cluster est supprimé.',
  '1 person loses cluster <b><bdi>{0}</bdi></b> within {1}.':
    '1 personne perd le cluster <b><bdi>{0}</bdi></b> en {1}.',
  '{0} people lose cluster <b><bdi>{1}</bdi></b> within {2}.':
    '{0} personnes perdent le cluster <b><bdi>{1}</bdi></b> en {2}.',
  'More than {0} people lose cluster <b><bdi>{1}</bdi></b> within {2}.':
    'Plus de {0} personnes perdent le cluster <b><bdi>{1}</bdi></b> en {2}.',
  '1 person may enter cluster <b><bdi>{0}</bdi></b> at once.':
    '1 personne peut aussitôt entrer dans le cluster <b><bdi>{0}</bdi></b>.',
  '{0} people may enter cluster <b><bdi>{1}</bdi></b> at once.':
    '{0} personnes peuvent aussitôt entrer dans le cluster <b><bdi>{1}</bdi></b>.',
  'More than {0} people may enter cluster <b><bdi>{1}</bdi></b> at once.':
    'Plus de {0} personnes peuvent aussitôt entrer dans le cluster <b><bdi>{1}</bdi></b>.',
  '1 person loses application <b><bdi>{0}</bdi></b> within {1}.':
    '1 personne perd l’application <b><bdi>{0}</bdi></b> en {1}.',
  '{0} people lose application <b><bdi>{1}</bdi></b> within {2}.':
    '{0} personnes perdent l’application <b><bdi>{1}</bdi></b> en {2}.',
  'More than {0} people lose application <b><bdi>{1}</bdi></b> within {2}.':
    'Plus de {0} personnes perdent l’application <b><bdi>{1}</bdi></b> en {2}.',
  '1 person may enter application <b><bdi>{0}</bdi></b> at once.':
    '1 personne peut aussitôt entrer dans l’application <b><bdi>{0}</bdi></b>.',
  '{0} people may enter application <b><bdi>{1}</bdi></b> at once.':
    '{0} personnes peuvent aussitôt entrer dans l’application <b><bdi>{1}</bdi></b>.',
  'More than {0} people may enter application <b><bdi>{1}</bdi></b> at once.':
    'Plus de {0} personnes peuvent aussitôt entrer dans l’application <b><bdi>{1}</bdi></b>.',
  '1 person leaves group <b><bdi>{0}</bdi></b> with it.':
    '1 personne quitte ainsi le groupe <b><bdi>{0}</bdi></b>.',
  '{0} people leave group <b><bdi>{1}</bdi></b> with it.':
    '{0} personnes quittent ainsi le groupe <b><bdi>{1}</bdi></b>.',
  'More than {0} people leave group <b><bdi>{1}</bdi></b> with it.':
    'Plus de {0} personnes quittent ainsi le groupe <b><bdi>{1}</bdi></b>.',
  '1 person comes into group <b><bdi>{0}</bdi></b> with it.':
    '1 personne entre ainsi dans le groupe <b><bdi>{0}</bdi></b>.',
  '{0} people come into group <b><bdi>{1}</bdi></b> with it.':
    '{0} personnes entrent ainsi dans le groupe <b><bdi>{1}</bdi></b>.',
  'More than {0} people come into group <b><bdi>{1}</bdi></b> with it.':
    'Plus de {0} personnes entrent ainsi dans le groupe <b><bdi>{1}</bdi></b>.',
  'And <b><bdi>{0}</bdi></b> more clusters, applications and groups.':
    'Et <b><bdi>{0}</bdi></b> autres clusters, applications et groupes.',
  'Imported.': 'Importé.',
  'You are about to <b>import users from a file</b>.':
    'Vous allez <b>importer des personnes depuis un fichier</b>.',
  'You are about to <b>import groups from a file</b>.':
    'Vous allez <b>importer des groupes depuis un fichier</b>.',
  'name: {0}': 'nom : {0}',
  'e-mail: {0}': 'e-mail : {0}',
  'is locked': 'est verrouillé',
  'is unlocked': 'est déverrouillé',
  'description: {0}': 'description : {0}',
  'into group {0}': 'dans le groupe {0}',
  'contains {0}': 'contient {0}',
  'out of group {0}': 'hors du groupe {0}',
  'no longer contains {0}': 'ne contient plus {0}',
  'You are about to <b>let group {0} into <bdi>{1}</bdi></b>.':
    'Vous allez <b>laisser entrer le groupe {0} dans <bdi>{1}</bdi></b>.',
  'You are about to <b>let group {0} no more into <bdi>{1}</bdi></b>.':
    'Vous allez <b>ne plus laisser entrer le groupe {0} dans <bdi>{1}</bdi></b>.',
  'You are about to <b>let every active user into <bdi>{0}</bdi></b>.':
    'Vous allez <b>laisser entrer toute personne active dans <bdi>{0}</bdi></b>.',
  'You are about to <b>let only the named groups into <bdi>{0}</bdi></b>.':
    'Vous allez <b>ne laisser entrer que les groupes nommés dans <bdi>{0}</bdi></b>.',
  'You are about to <b>change the sign-in policy of <bdi>{0}</bdi></b>.':
    'Vous allez <b>changer la règle de connexion de <bdi>{0}</bdi></b>.',
  'You are about to <b>change the policy of group <bdi>{0}</bdi></b>.':
    'Vous allez <b>changer la règle du groupe <bdi>{0}</bdi></b>.',
  'You are about to <b>make an owner of group <bdi>{0}</bdi></b> : {1}.':
    'Vous allez <b>nommer un responsable du groupe <bdi>{0}</bdi></b> : {1}.',
  'You are about to <b>take an owner from group <bdi>{0}</bdi></b> : {1}.':
    'Vous allez <b>retirer un responsable du groupe <bdi>{0}</bdi></b> : {1}.',
  'The group is made. Nobody is in it yet.': 'Le groupe est créé. Personne n’y est encore.',
  'Added.': 'Ajouté.',
  'Removed.': 'Retiré.',
  'The group is in it.': 'Le groupe y est.',
  'The group is out of it.': 'Le groupe n’y est plus.',
  'Saved.': 'Enregistré.',
  'You are about to <b>delete group <bdi>{0}</bdi></b> for ever: nobody can make a group of this name again.':
    'Vous allez <b>supprimer le groupe <bdi>{0}</bdi></b> pour toujours : personne ne peut refaire un groupe de ce nom.',
  'You are about to <b>put group {0} into <bdi>{1}</bdi></b>.':
    'Vous allez <b>mettre le groupe {0} dans <bdi>{1}</bdi></b>.',
  'You are about to <b>take group {0} out of <bdi>{1}</bdi></b>.':
    'Vous allez <b>sortir le groupe {0} de <bdi>{1}</bdi></b>.',
  'The group is deleted.': 'Le groupe est supprimé.',
  'any factor': 'n’importe quel facteur',
  'two factors': 'deux facteurs',
  'a passkey': 'une clé d’accès',
  'any factor, within {0}': 'n’importe quel facteur, de moins de {0}',
  'two factors, within {0}': 'deux facteurs, de moins de {0}',
  'a passkey, within {0}': 'une clé d’accès, de moins de {0}',
  'The invitation is revoked.': 'L’invitation est révoquée.',
  'You are about to <b>invite <bdi>{0}</bdi></b>.': 'Vous allez <b>inviter <bdi>{0}</bdi></b>.',
  '1 day': '1 jour',
  '{0} days': '{0} jours',
  'The invitation is made': 'L’invitation est créée',
  'Whoever opens it becomes a user.': 'Qui l’ouvre obtient un compte.',
  'New keys are published. They sign by themselves when every verifier has had time to see them.':
    'De nouvelles clés sont publiées. Elles signent d’elles-mêmes quand tous ceux qui vérifient ont pu les voir.',
  'New keys sign from now on.': 'De nouvelles clés signent désormais.',
  'You are about to <b>publish a new {0} key</b> to sign at once, before every verifier has seen it.':
    'Vous allez <b>publier une nouvelle clé {0}</b>, qui signe aussitôt, avant que tous ceux qui vérifient l’aient vue.',
  'You are about to <b>publish a new {0} key</b> to sign later.':
    'Vous allez <b>publier une nouvelle clé {0}</b>, qui signera plus tard.',
  'You are about to <b>publish new keys</b> to sign at once, before every verifier has seen it.':
    'Vous allez <b>publier de nouvelles clés</b>, qui signent aussitôt, avant que tous ceux qui vérifient les aient vues.',
  'You are about to <b>publish new keys</b> to sign later.':
    'Vous allez <b>publier de nouvelles clés</b>, qui signeront plus tard.',
  'no {0} key signs: rotate': 'aucune clé {0} ne signe : renouvelez',
  '{0} refuses tokens: {1}': '{0} refuse les jetons : {1}',
  '{0} cannot be reached from here: {1}': '{0} ne peut être joint d’ici : {1}',
  'not looked at: run its doctor': 'pas examiné : lancez son diagnostic',
  'took a token of {0} {1}': 'a accepté un jeton de {0} {1}',
  'took a token {0}, before {1} began to sign':
    'a accepté un jeton {0}, avant que {1} commence à signer',
  'the token is good, and signed by its issuer': 'le jeton est bon, et signé par son émetteur',
  'rule {0} matches': 'la règle {0} convient',
  'rule {0} does not match': 'la règle {0} ne convient pas',
  'No issuer that is trusted made this token.': 'Aucun émetteur de confiance n’a fait ce jeton.',
  'The token is not good: no rule lets it in.':
    'Le jeton n’est pas bon : aucune règle ne le laisse entrer.',
  'No rule names issuer {0}.': 'Aucune règle ne nomme l’émetteur {0}.',
  'No rule lets it in.': 'Aucune règle ne le laisse entrer.',
  'Several rules match: the job has to say which.':
    'Plusieurs règles conviennent : le job doit dire laquelle.',
  'Rule {0} lets it in.': 'La règle {0} le laisse entrer.',
  '{0} rules let it in.': '{0} règles le laissent entrer.',
  'enters no cluster as {0} with no groups, for {1} s':
    'n’entre dans aucun cluster, comme {0} sans groupe, pour {1} s',
  'enters no cluster as {0} with groups {1}, for {2} s':
    'n’entre dans aucun cluster, comme {0} avec les groupes {1}, pour {2} s',
  'enters {0} as {1} with no groups, for {2} s': 'entre dans {0} comme {1} sans groupe, pour {2} s',
  'enters {0} as {1} with groups {2}, for {3} s':
    'entre dans {0} comme {1} avec les groupes {2}, pour {3} s',
  'You are about to <b>let machines in by rule <bdi>{0}</bdi></b>.':
    'Vous allez <b>laisser entrer des machines par la règle <bdi>{0}</bdi></b>.',
  'You are about to <b>trust issuer <bdi>{0}</bdi></b>.':
    'Vous allez <b>faire confiance à l’émetteur <bdi>{0}</bdi></b>.',
  'The rule is added. Try a token of the job below.':
    'La règle est ajoutée. Essayez ci-dessous un jeton du job.',
  'The rule lets tokens in again.': 'La règle laisse de nouveau entrer des jetons.',
  'The rule lets no token in. What was made by it lives for its minutes.':
    'La règle ne laisse entrer aucun jeton. Ce qui est né d’elle vit encore ses minutes.',
  'The rule is removed.': 'La règle est retirée.',
  'The issuer is trusted. Now say by a rule who may enter.':
    'L’émetteur est de confiance. Dites maintenant par une règle qui peut entrer.',
  'The issuer is trusted no more.': 'L’émetteur n’est plus de confiance.',
  'You are about to <b>let tokens in again by rule <bdi>{0}</bdi></b>.':
    'Vous allez <b>laisser de nouveau entrer des jetons par la règle <bdi>{0}</bdi></b>.',
  'You are about to <b>remove rule <bdi>{0}</bdi></b>.':
    'Vous allez <b>retirer la règle <bdi>{0}</bdi></b>.',
  'You are about to <b>trust no more issuer <bdi>{0}</bdi></b>.':
    'Vous allez <b>ne plus faire confiance à l’émetteur <bdi>{0}</bdi></b>.',
  'as it says itself': 'comme il le dit lui-même',
  given: 'données',
  person: 'personne',
  people: 'personnes',
  'of them is locked': 'd’entre elles est verrouillée',
  'of them are locked': 'd’entre elles sont verrouillées',
  groups: 'groupes',
  clusters: 'clusters',
  'device came to a cluster': 'appareil venu à un cluster',
  'devices came to a cluster': 'appareils venus à un cluster',
  'Look at it': 'Regarder',
  '<bdi>{0}</bdi>: {1}': '<bdi>{0}</bdi> : {1}',
  'Its page says what, and how to mend it.': 'Sa page dit ce que c’est et comment y remédier.',
  'You have no second factor': 'Vous n’avez pas de second facteur',
  'Whoever learns your password is an admin. A passkey ends that.':
    'Qui apprend votre mot de passe est administrateur. Une clé d’accès y met fin.',
  '<bdi>{0}</bdi> is an admin without a second factor':
    '<bdi>{0}</bdi> administre Lanyard sans second facteur',
  'Ask them to add a passkey, or require it with admin.secondFactor.':
    'Demandez l’ajout d’une clé d’accès, ou exigez-la avec admin.secondFactor.',
  'Their page': 'Sa page',
  'You are the only admin': 'Vous êtes le seul administrateur',
  'If you lose your way in, only a command on the server helps.':
    'Si vous perdez votre moyen d’entrer, seule une commande sur le serveur y remédie.',
  'Choose another': 'En choisir un autre',
  '{0} sign-ins were refused in the last hour':
    '{0} connexions ont été refusées dans la dernière heure',
  'Somebody may be guessing. Accounts and networks are slowed by themselves.':
    'Quelqu’un devine peut-être. Comptes et réseaux sont ralentis d’eux-mêmes.',
  '1 request waits for the owner of a group': '1 demande attend le responsable d’un groupe',
  '{0} requests wait for the owner of a group': '{0} demandes attendent le responsable d’un groupe',
  'An owner of the group answers, or an admin.':
    'Un responsable du groupe répond, ou un administrateur.',
  Requests: 'Demandes',
  'You are about to <b>delete <bdi>{0}</bdi></b> and revoke 1 device; nobody can have the username again.':
    'Vous allez <b>supprimer <bdi>{0}</bdi></b> et révoquer 1 appareil ; personne ne peut reprendre le nom d’utilisateur.',
  'You are about to <b>delete <bdi>{0}</bdi></b> and revoke {1} devices; nobody can have the username again.':
    'Vous allez <b>supprimer <bdi>{0}</bdi></b> et révoquer {1} appareils ; personne ne peut reprendre le nom d’utilisateur.',
  'You are about to <b>lock <bdi>{0}</bdi></b> and revoke 1 device.':
    'Vous allez <b>verrouiller <bdi>{0}</bdi></b> et révoquer 1 appareil.',
  'You are about to <b>lock <bdi>{0}</bdi></b> and revoke {1} devices.':
    'Vous allez <b>verrouiller <bdi>{0}</bdi></b> et révoquer {1} appareils.',
  'You are about to <b>end all sessions of <bdi>{0}</bdi></b> in every browser and on 1 device.':
    'Vous allez <b>terminer toutes les sessions de <bdi>{0}</bdi></b> dans chaque navigateur et sur 1 appareil.',
  'You are about to <b>end all sessions of <bdi>{0}</bdi></b> in every browser and on {1} devices.':
    'Vous allez <b>terminer toutes les sessions de <bdi>{0}</bdi></b> dans chaque navigateur et sur {1} appareils.',
  'You are about to <b>revoke 1 device of <bdi>{0}</bdi></b>.':
    'Vous allez <b>révoquer 1 appareil de <bdi>{0}</bdi></b>.',
  'You are about to <b>revoke {0} devices of <bdi>{1}</bdi></b>.':
    'Vous allez <b>révoquer {0} appareils de <bdi>{1}</bdi></b>.',
  'You are about to <b>unlock <bdi>{0}</bdi></b>.':
    'Vous allez <b>déverrouiller <bdi>{0}</bdi></b>.',
  'You are about to <b>revoke a device of <bdi>{0}</bdi></b>.':
    'Vous allez <b>révoquer un appareil de <bdi>{0}</bdi></b>.',
  'You are about to <b>make a link for <bdi>{0}</bdi></b> which lets whoever has it choose a new password.':
    'Vous allez <b>créer un lien pour <bdi>{0}</bdi></b> avec lequel qui l’a choisit un nouveau mot de passe.',
  'The link is made': 'Le lien est créé',
  'Whoever opens it chooses a new password, and every session of theirs ends.':
    'Qui l’ouvre choisit un nouveau mot de passe, et toutes les sessions de la personne prennent fin.',
  'You are about to <b>forget the failed sign-ins of <bdi>{0}</bdi></b>.':
    'Vous allez <b>oublier les connexions échouées de <bdi>{0}</bdi></b>.',
  'You are about to <b>remove every passkey and code of <bdi>{0}</bdi></b> so that the password alone signs in.':
    'Vous allez <b>retirer toutes les clés d’accès et tous les codes de <bdi>{0}</bdi></b>, si bien que le mot de passe seul connecte.',
  'You are about to <b>change name and address of <bdi>{0}</bdi></b>.':
    'Vous allez <b>changer le nom et l’adresse de <bdi>{0}</bdi></b>.',
  'The user is added. They have no password yet.':
    'La personne est ajoutée. Elle n’a pas encore de mot de passe.',
  'Locked. Every sign-in of theirs is void, and their devices are revoked.':
    'Verrouillé. Toutes les connexions de la personne sont nulles, et ses appareils sont révoqués.',
  'Unlocked. They may sign in again.': 'Déverrouillé. La personne peut de nouveau se connecter.',
  'Every sign-in of theirs is void, in browsers and on devices.':
    'Toutes les connexions de la personne sont nulles, dans les navigateurs et sur les appareils.',
  'All their devices are revoked.': 'Tous les appareils de la personne sont révoqués.',
  'Their failed sign-ins are forgotten.': 'Ses connexions échouées sont oubliées.',
  'Passkeys, one-time codes and recovery codes are gone.':
    'Clés d’accès, codes à usage unique et codes de récupération ont disparu.',
  'Added to the group.': 'Ajouté au groupe.',
  'Removed from the group.': 'Retiré du groupe.',
  'everybody who is active may enter': 'toute personne active peut entrer',
  'The user is deleted.': 'La personne est supprimée.',
  'The selected users are in the group.': 'Les personnes choisies sont dans le groupe.',
  'The selected users are out of the group.': 'Les personnes choisies ne sont plus dans le groupe.',
  'You are about to <b>add <bdi>{0}</bdi></b>.': 'Vous allez <b>ajouter <bdi>{0}</bdi></b>.',
  password: 'mot de passe',
  passkey: 'clé d’accès',
  '{0} passkeys': '{0} clés d’accès',
  codes: 'codes',
  'nothing yet': 'encore rien',
}
