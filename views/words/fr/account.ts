import type { Catalogue } from '../translate.ts'

/** French of people's own pages. */
export const frenchAccount: Catalogue = {
  'New token': 'Nouveau jeton',
  'Access tokens': 'Jetons d’accès',
  'For programs that cannot sign in. Who holds one is you, until it ends or you revoke it.':
    'Pour les programmes qui ne peuvent pas se connecter. Qui en détient un passe pour vous, jusqu’à sa fin ou sa révocation.',
  'You have no access token.': 'Vous n’avez pas de jeton d’accès.',
  'You have no access token, and your admin does not allow new ones.':
    'Vous n’avez pas de jeton d’accès, et votre administrateur n’en permet pas de nouveaux.',
  Token: 'Jeton',
  'Last used': 'Dernière utilisation',
  Clusters: 'Clusters',
  Ends: 'Fin',
  Actions: 'Actions',
  '{0} only': '{0} seulement',
  never: 'jamais',
  'all of yours': 'tous les vôtres',
  'Revoke<span class="sr"> {0}</span>': 'Révoquer<span class="sr"> {0}</span>',
  'New access token': 'Nouveau jeton d’accès',
  'For one program. It is shown once.': 'Pour un seul programme. Il est montré une seule fois.',
  Name: 'Nom',
  'The program that will use it, such as “backup job”.':
    'Le programme qui l’utilisera, par exemple « sauvegarde ».',
  'Every cluster that I may enter, later ones too':
    'Tout cluster où je peux entrer, y compris les futurs',
  'Groups: tick some to leave out the others': 'Groupes : en cocher certains écarte les autres',
  'Ends in': 'Durée',
  Username: 'Nom d’utilisateur',
  'Present password': 'Mot de passe actuel',
  'This is not your present password.': 'Ce n’est pas votre mot de passe actuel.',
  'Make token': 'Créer le jeton',
  'Back to your account': 'Retour à votre compte',
  'Copy your access token': 'Copiez votre jeton d’accès',
  '{0}, for every cluster that you may enter, until {1}.':
    '{0}, pour tout cluster où vous pouvez entrer, jusqu’au {1}.',
  '{0}, for {1}, until {2}.': '{0}, pour {1}, jusqu’au {2}.',
  'It is not shown again. Put it where the program reads it, and into no command line: others see those.':
    'Il ne sera plus montré. Placez-le là où le programme le lit, et dans aucune ligne de commande : d’autres les voient.',
  'Access token': 'Jeton d’accès',
  'I have copied it': 'Je l’ai copié',
  Account: 'Compte',
  'Kubernetes knows you as <b>{0}</b>.': 'Kubernetes vous connaît sous le nom <b>{0}</b>.',
  Devices: 'Appareils',
  'Revoke all': 'Tout révoquer',
  'Each place where kubectl or an application is signed in as you. A revoked device gets no new token; one that it has already works for {0} at most.':
    'Chaque endroit où kubectl ou une application est connecté à votre nom. Un appareil révoqué ne reçoit plus de jeton ; celui qu’il a déjà vaut encore {0} au plus.',
  'No device is signed in as you.': 'Aucun appareil n’est connecté à votre nom.',
  'Set up kubectl': 'Configurer kubectl',
  Device: 'Appareil',
  Address: 'Adresse',
  unknown: 'inconnue',
  '{0}, signed in {1}': '{0}, connecté {1}',
  '{0}, signed in {1}; entered {2}': '{0}, connecté {1} ; entré dans {2}',
  'Recent activity': 'Activité récente',
  'Nothing yet.': 'Rien pour l’instant.',
  What: 'Quoi',
  When: 'Quand',
  From: 'Depuis',
  'Something you did not do? Revoke all devices and access tokens, then <a href="{0}/account/password">change your password</a>.':
    'Quelque chose ne vient pas de vous ? Révoquez tous les appareils et jetons d’accès, puis <a href="{0}/account/password">changez votre mot de passe</a>.',
  Profile: 'Profil',
  Edit: 'Modifier',
  'Change password': 'Changer le mot de passe',
  'E-mail': 'E-mail',
  verified: 'vérifiée',
  'not verified': 'non vérifiée',
  Groups: 'Groupes',
  'You are in no group.': 'Vous n’êtes dans aucun groupe.',
  direct: 'direct',
  'through {0}': 'par {0}',
  'Your admin decides who is in a group.': 'Votre administrateur décide qui est dans un groupe.',
  'There is no cluster that you may enter.': 'Il n’y a aucun cluster où vous pouvez entrer.',
  'Confirm your address?': 'Confirmer votre adresse ?',
  'Change your address?': 'Changer votre adresse ?',
  'For the user <b>{0}</b>.': 'Pour le compte <b>{0}</b>.',
  'New address': 'Nouvelle adresse',
  '<b>Not you?</b> Close this page: nothing changes without the button.':
    '<b>Ce n’est pas vous ?</b> Fermez cette page : rien ne change sans le bouton.',
  'Then change your password.': 'Changez ensuite votre mot de passe.',
  'This is my address': 'C’est mon adresse',
  'I asked for this': 'Je l’ai demandé',
  'Your address is changed': 'Votre adresse est changée',
  'One side is confirmed': 'Un côté est confirmé',
  'Mail for your account goes to the new address.':
    'Le courrier de votre compte va à la nouvelle adresse.',
  'The address changes when the link in the other mailbox is confirmed too.':
    'L’adresse change quand le lien de l’autre boîte est confirmé lui aussi.',
  'Your account': 'Votre compte',
  'Kubernetes knows you as <b>{0}</b>. Nobody changes that.':
    'Kubernetes vous connaît sous le nom <b>{0}</b>. Personne ne change cela.',
  'What people read. It gives no right anywhere.':
    'Ce que les gens lisent. Il ne donne aucun droit.',
  'Display name': 'Nom affiché',
  'Save name': 'Enregistrer le nom',
  'Where links and notices go. It signs nobody in.':
    'Là où vont liens et avis. Elle ne connecte personne.',
  'No mail is sent from here. Your admin sets your address.':
    'Aucun courrier ne part d’ici. Votre administrateur fixe votre adresse.',
  '<b>{0}</b> waits for the link in the old mailbox, until {1}.':
    '<b>{0}</b> attend le lien de l’ancienne boîte, jusqu’au {1}.',
  '<b>{0}</b> waits for the links in the new and in the old mailbox, until {1}.':
    '<b>{0}</b> attend les liens de la nouvelle et de l’ancienne boîte, jusqu’au {1}.',
  '<b>{0}</b> waits for the link in the new mailbox, until {1}.':
    '<b>{0}</b> attend le lien de la nouvelle boîte, jusqu’au {1}.',
  'Withdraw it': 'Retirer la demande',
  'A link goes there and to your present address. It changes when both are confirmed.':
    'Un lien y est envoyé, ainsi qu’à votre adresse actuelle. Elle change quand les deux sont confirmés.',
  'A link goes there. It is yours when you confirm it.':
    'Un lien y est envoyé. Elle est à vous quand vous le confirmez.',
  'Send links': 'Envoyer les liens',
  '<b>You have no recovery codes.</b> If you lose your phone or key, only an admin can let you back in. <a href="{0}/account/recovery-codes">Make new ones</a>.':
    '<b>Vous n’avez pas de codes de secours.</b> En cas de perte du téléphone ou de la clé, seul un administrateur pourra vous rouvrir l’accès. <a href="{0}/account/recovery-codes">En créer de nouveaux</a>.',
  '<b>You have one passkey.</b> If you lose it, you need a recovery code or an admin. <a href="{0}/account/passkeys/new">Add a second one</a>.':
    '<b>Vous avez une seule clé d’accès.</b> Si vous la perdez, il vous faut un code de secours ou un administrateur. <a href="{0}/account/passkeys/new">Ajoutez-en une seconde</a>.',
  'How you sign in': 'Comment vous vous connectez',
  'Add passkey': 'Ajouter une clé d’accès',
  Way: 'Moyen',
  Added: 'Ajout',
  Passkey: 'Clé d’accès',
  'Change<span class="sr"> passkey {0}</span>':
    'Modifier<span class="sr"> la clé d’accès {0}</span>',
  'Change<span class="sr"> one-time codes</span>':
    'Modifier<span class="sr"> les codes à usage unique</span>',
  'Set up<span class="sr"> one-time codes</span>':
    'Configurer<span class="sr"> les codes à usage unique</span>',
  'One-time codes': 'Codes à usage unique',
  'from your authenticator app': 'de votre application d’authentification',
  'not set up': 'non configurés',
  'none left': 'aucun restant',
  '{0} left': 'reste {0}',
  'New codes<span class="sr"> for recovery</span>':
    'Nouveaux codes<span class="sr"> de secours</span>',
  'Change<span class="sr"> password</span>': 'Modifier<span class="sr"> le mot de passe</span>',
  Password: 'Mot de passe',
  'always with a one-time code': 'toujours avec un code à usage unique',
  'on its own': 'seul',
  'For <b>{0}</b>, on this device, a phone or a security key.':
    'Pour <b>{0}</b>, sur cet appareil, un téléphone ou une clé de sécurité.',
  'Make the passkey': 'Créer la clé d’accès',
  'Where it is kept, such as “laptop fingerprint” or “blue key”.':
    'Où elle est gardée, par exemple « empreinte du portable » ou « clé bleue ».',
  Kept: 'Gardée',
  'on several devices, by whoever keeps your passkeys':
    'sur plusieurs appareils, chez qui garde vos clés d’accès',
  'on one device or key alone': 'sur un seul appareil ou une seule clé',
  'Change name': 'Changer le nom',
  'Remove this passkey': 'Retirer cette clé d’accès',
  'For <b>{0}</b>, from an authenticator app.':
    'Pour <b>{0}</b>, d’une application d’authentification.',
  'They are set up: your password always asks for one. For another phone, remove them and set them up again.':
    'Ils sont configurés : votre mot de passe en demande toujours un. Pour un autre téléphone, retirez-les et configurez-les à nouveau.',
  'Remove one-time codes': 'Retirer les codes à usage unique',
  'Once they are set up, your password always asks for one. Nobody gets in with your password alone.':
    'Une fois configurés, votre mot de passe en demande toujours un. Personne n’entre avec votre seul mot de passe.',
  'New recovery codes': 'Nouveaux codes de secours',
  'For <b>{0}</b>; 1 code is left.': 'Pour <b>{0}</b> ; il reste 1 code.',
  'For <b>{0}</b>; {1} codes are left.': 'Pour <b>{0}</b> ; il reste {1} codes.',
  'You get ten new ones, and those that you have no longer work.':
    'Vous en recevez dix nouveaux, et les précédents ne valent plus.',
  'Make new codes': 'Créer de nouveaux codes',
  'Set up kubectl for {0}': 'Configurer kubectl pour {0}',
  'Set up kubectl for <span class="nowrap">{0}</span>':
    'Configurer kubectl pour <span class="nowrap">{0}</span>',
  'Three steps, about two minutes. The plugin signs you in once for all your clusters.':
    'Trois étapes, environ deux minutes. Le plugin vous connecte une fois pour tous vos clusters.',
  'What you connect to': 'À quoi vous vous connectez',
  'API server': 'Serveur d’API',
  Audience: 'Audience',
  'You are': 'Vous êtes',
  'Groups sent': 'Groupes envoyés',
  'Ask your admin to put you in a group that may enter a cluster.':
    'Demandez à votre administrateur de vous mettre dans un groupe qui peut entrer dans un cluster.',
  Cluster: 'Cluster',
  'Install the plugin': 'Installer le plugin',
  'In a clone of Lanyard’s repository; needs Node 20 or newer':
    'Dans un clone du dépôt de Lanyard ; requiert Node 20 ou plus récent',
  'It writes one file, <code>kubectl-lanyard</code>, into <code>~/.local/bin</code>, which must be in your <code>PATH</code>.':
    'Il écrit un fichier, <code>kubectl-lanyard</code>, dans <code>~/.local/bin</code>, qui doit être dans votre <code>PATH</code>.',
  'Add your clusters to your kubeconfig': 'Ajouter vos clusters à votre kubeconfig',
  'Download lanyard-ca.crt': 'Télécharger lanyard-ca.crt',
  'Lanyard’s own certificate authority. Compare its SHA-256 with your admin’s, and run the command where you saved it.':
    'L’autorité de certification propre à Lanyard. Comparez son SHA-256 avec celui de votre administrateur, et lancez la commande là où vous l’avez enregistrée.',
  'Merges into your kubeconfig, keeps what is there':
    'S’ajoute à votre kubeconfig et garde ce qui s’y trouve',
  'Download kubeconfig': 'Télécharger la kubeconfig',
  'Or this cluster in a file of its own, without a secret. Its first login still needs the command above, which tells the plugin whom to trust.':
    'Ou ce cluster dans son propre fichier, sans secret. Sa première connexion requiert tout de même la commande ci-dessus, qui dit au plugin à qui se fier.',
  'Check that it works': 'Vérifier que cela marche',
  'In a terminal': 'Dans un terminal',
  'The second step opens your browser. Over ssh or in a container it prints a code instead. Type it at <a href="{0}/device">{1}{2}/device</a>.':
    'La deuxième étape ouvre votre navigateur. Par ssh ou dans un conteneur, elle affiche un code à la place. Saisissez-le sur <a href="{0}/device">{1}{2}/device</a>.',
  'Already using kubelogin?': 'Vous utilisez déjà kubelogin ?',
  'It works unchanged, with a login for each cluster instead of one for all. No plugin of ours is needed, and no secret is in the file.':
    'Il marche tel quel, avec une connexion par cluster au lieu d’une pour tous. Notre plugin n’est pas nécessaire, et le fichier ne contient aucun secret.',
  'Download for kubelogin': 'Télécharger pour kubelogin',
  'If it does not work': 'Si cela ne marche pas',
  'Run <code>kubectl lanyard doctor</code>: it looks for the cause and prints the line to change. Send your admin what it says.':
    'Lancez <code>kubectl lanyard doctor</code> : il cherche la cause et affiche la ligne à changer. Envoyez à votre administrateur ce qu’il dit.',
  'You are signed in, but no RBAC rule lets you do this. Ask your admin, and name the groups above.':
    'Vous êtes connecté, mais aucune règle RBAC ne vous permet cela. Demandez à votre administrateur, et nommez les groupes ci-dessus.',
  'waits for an answer': 'attend une réponse',
  'nobody answered': 'personne n’a répondu',
  'approved by {0}': 'approuvée par {0}',
  'over, approved by {0}': 'terminée, approuvée par {0}',
  'refused by {0}': 'refusée par {0}',
  withdrawn: 'retirée',
  'Membership for a while': 'Appartenance temporaire',
  'Rights that you need now and then: you ask, an owner of the group answers, and it ends by itself.':
    'Des droits dont vous avez besoin de temps en temps : vous demandez, un responsable du groupe répond, et cela finit de soi-même.',
  'Waiting for your answer': 'En attente de votre réponse',
  'You approve with your passkey. The membership begins at once and ends by itself.':
    'Vous approuvez avec votre clé d’accès. L’appartenance commence aussitôt et finit d’elle-même.',
  'Nobody waits.': 'Personne n’attend.',
  'Who and why': 'Qui et pourquoi',
  Group: 'Groupe',
  For: 'Durée',
  Asked: 'Demandé',
  'Refuse<span class="sr"> {0} in {1}</span>': 'Refuser<span class="sr"> {0} dans {1}</span>',
  'Approve<span class="sr"> {0} in {1}</span>': 'Approuver<span class="sr"> {0} dans {1}</span>',
  'Ask to be in a group': 'Demander à être dans un groupe',
  'There is no group that you may ask for.': 'Il n’y a aucun groupe que vous puissiez demander.',
  '{0} (at most {1})': '{0} ({1} au plus)',
  '{0}: {1} (at most {2})': '{0} : {1} ({2} au plus)',
  Reason: 'Motif',
  'Whoever answers reads it, and it stays in the audit log.':
    'Qui répond le lit, et il reste dans le journal d’audit.',
  Ask: 'Demander',
  'Your requests': 'Vos demandes',
  'You have asked for nothing yet.': 'Vous n’avez encore rien demandé.',
  'Group and reason': 'Groupe et motif',
  State: 'État',
  'ends {0}': 'prend fin {0}',
  'Withdraw<span class="sr"> {0}</span>': 'Retirer<span class="sr"> {0}</span>',
  'Groups that you look after': 'Groupes dont vous vous occupez',
  'You may add and remove their members, and nothing else.':
    'Vous pouvez en ajouter et retirer les membres, et rien d’autre.',
  'You are the first admin. Add a first cluster next, on the admin’s pages.':
    'Vous êtes le premier administrateur. Ajoutez maintenant un premier cluster, sur les pages d’administration.',
  'Your password is changed. You are signed out everywhere else.':
    'Votre mot de passe est changé. Vous êtes déconnecté partout ailleurs.',
  'The device is revoked.': 'L’appareil est révoqué.',
  'All your devices are revoked.': 'Tous vos appareils sont révoqués.',
  'The access token is revoked.': 'Le jeton d’accès est révoqué.',
  'The passkey is added.': 'La clé d’accès est ajoutée.',
  'The passkey has its new name.': 'La clé d’accès a son nouveau nom.',
  'The passkey is removed. It opens nothing here any more.':
    'La clé d’accès est retirée. Elle n’ouvre plus rien ici.',
  'One-time codes are removed.': 'Les codes à usage unique sont retirés.',
  'One-time codes are set up. Your password always asks for one now.':
    'Les codes à usage unique sont configurés. Votre mot de passe en demande désormais toujours un.',
  'a client that is gone': 'un client qui n’existe plus',
  'kubectl, all clusters': 'kubectl, tous les clusters',
  'cluster {0}': 'cluster {0}',
  'application {0}': 'application {0}',
  'Was refused': 'A été refusé',
  'Made an access token': 'Jeton d’accès créé',
  'Revoked an access token': 'Jeton d’accès révoqué',
  'Approved a device': 'Appareil approuvé',
  'Entered a cluster': 'Entrée dans un cluster',
  'Refused a device': 'Appareil refusé',
  'A used token came back; its device was revoked':
    'Un jeton déjà utilisé est revenu ; son appareil a été révoqué',
  'A device was revoked': 'Un appareil a été révoqué',
  'Signed in on a device': 'Connexion sur un appareil',
  'An admin removed every passkey and code':
    'Un administrateur a retiré toutes les clés d’accès et tous les codes',
  'Removed one-time codes': 'Codes à usage unique retirés',
  'Added a passkey': 'Clé d’accès ajoutée',
  'Removed a passkey': 'Clé d’accès retirée',
  'Used a recovery code': 'Code de secours utilisé',
  'Made new recovery codes': 'Nouveaux codes de secours créés',
  'A membership began': 'Une appartenance a commencé',
  'A membership ended': 'Une appartenance a pris fin',
  'Became the first admin': 'Devenu premier administrateur',
  'Sign-in refused': 'Connexion refusée',
  'The account was made': 'Le compte a été créé',
  'The profile was changed': 'Le profil a été modifié',
  'The account was disabled': 'Le compte a été désactivé',
  'The account was enabled': 'Le compte a été réactivé',
  'Changed the password': 'Mot de passe changé',
  'Asked for another address': 'Autre adresse demandée',
  'The address was changed': 'L’adresse a été changée',
  'The password was set by a link': 'Le mot de passe a été défini par un lien',
  'An admin set the password': 'Un administrateur a défini le mot de passe',
  'An admin made a link for a new password':
    'Un administrateur a créé un lien pour un nouveau mot de passe',
  'A link for a new password was asked for': 'Un lien pour un nouveau mot de passe a été demandé',
  'Signed in': 'Connexion',
  'by an admin': 'par un administrateur',
  'by {0}': 'par {0}',
  '{0} times': '{0} fois',
  'You have asked. An owner of the group answers on this page of theirs.':
    'Vous avez demandé. Un responsable du groupe répond sur sa propre page comme celle-ci.',
  'Your request is withdrawn.': 'Votre demande est retirée.',
  'Approved. The membership has begun, and ends by itself.':
    'Approuvée. L’appartenance a commencé et finit d’elle-même.',
  'Refused.': 'Refusée.',
  'You are about to put <b><bdi>{0}</bdi></b> into <b>{1}</b> for {2}.':
    'Vous allez mettre <b><bdi>{0}</bdi></b> dans <b>{1}</b> pour {2}.',
  'Your name is changed.': 'Votre nom est changé.',
  'Links are on their way. The address changes when they are confirmed.':
    'Des liens sont en route. L’adresse change quand ils sont confirmés.',
  'The change is withdrawn.': 'Le changement est retiré.',
  'A name has 1 to 128 visible characters.': 'Un nom a de 1 à 128 caractères visibles.',
  'Mail cannot be sent to this. An address looks like ada@example.com.':
    'Aucun courrier ne peut y être envoyé. Une adresse ressemble à ada@example.com.',
}
