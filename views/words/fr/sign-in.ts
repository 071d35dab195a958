import type { Catalogue } from '../translate.ts'

/** French of the pages before and around a sign-in. */
export const frenchSignIn: Catalogue = {
  'Too many attempts. Wait 1 minute, then try again.':
    'Trop de tentatives. Attendez 1 minute, puis réessayez.',
  'Too many attempts. Wait {0} minutes, then try again.':
    'Trop de tentatives. Attendez {0} minutes, puis réessayez.',
  '{0} wants to know who you are': '{0} veut savoir qui vous êtes',
  'Continue to {0}?': 'Continuer vers {0} ?',
  'Signed in as <b>{0}</b>': 'Connecté : <b>{0}</b>',
  'Not {0}?': 'Pas {0} ?',
  'It will learn:': 'Elle apprendra :',
  'It does not get your password, and it cannot use kubectl as you.':
    'Elle ne reçoit pas votre mot de passe et ne peut pas utiliser kubectl à votre place.',
  Cancel: 'Annuler',
  Continue: 'Continuer',
  'That it is you': 'Que c’est vous',
  'an identifier without your name': 'un identifiant sans votre nom',
  'Your username and name': 'Votre nom d’utilisateur et votre nom',
  'Your e-mail address': 'Votre adresse e-mail',
  '{0}, verified': '{0}, vérifiée',
  '{0}, not verified': '{0}, non vérifiée',
  'Your groups': 'Vos groupes',
  none: 'aucun',
  'The same again later': 'La même chose plus tard',
  'while you are away, until you revoke it': 'en votre absence, jusqu’à révocation',
  'This code is not known, or it has expired. Run the command again to get a new one.':
    'Ce code n’est pas connu ou il a expiré. Relancez la commande pour en obtenir un nouveau.',
  'Sign in a device': 'Connecter un appareil',
  'Type the code that your terminal shows.': 'Saisissez le code que montre votre terminal.',
  Code: 'Code',
  '8 letters, such as WDJB-MJHT. Capitals, spaces and the dash do not matter.':
    '8 lettres, par exemple WDJB-MJHT. Majuscules, espaces et tiret n’ont pas d’importance.',
  '<b>Did someone send you a code?</b> Do not type it. Whoever sent it would be signed in as you.':
    '<b>Quelqu’un vous a envoyé un code ?</b> Ne le saisissez pas. Son expéditeur serait connecté à votre nom.',
  'Did you start this?': 'Est-ce vous qui avez lancé ceci ?',
  'Your own terminal must show this code.': 'Votre propre terminal doit montrer ce code.',
  '<b>The request comes from another network than this browser.</b> That is normal for ssh or a jump host. If you are not using one now, refuse.':
    '<b>La demande vient d’un autre réseau que ce navigateur.</b> C’est normal avec ssh ou un serveur de rebond. Si vous n’en utilisez pas en ce moment, refusez.',
  'Not me, refuse': 'Pas moi, refuser',
  'I started this': 'C’est moi',
  'Nobody from your company, and no support desk, will ever ask you to approve a code.':
    'Personne de votre entreprise, ni aucun support, ne vous demandera jamais d’approuver un code.',
  'A program on this computer asks. If you did not just run kubectl, refuse.':
    'Un programme de cet ordinateur le demande. Si vous ne venez pas de lancer kubectl, refusez.',
  'Sign in as somebody else': 'Se connecter sous un autre nom',
  'A device asks to use {0} as <b>{1}</b>.':
    'Un appareil demande à utiliser {0} en tant que <b>{1}</b>.',
  'as it names itself; not checked': 'nom qu’il se donne ; non vérifié',
  'Asked at': 'Demandé à',
  'after {0}, or when you revoke it': '{0} après la connexion, ou à la révocation',
  'the same address as this browser': 'la même adresse que ce navigateur',
  'the same network as this browser': 'le même réseau que ce navigateur',
  'this browser is at an unknown address': 'l’adresse de ce navigateur est inconnue',
  'this browser is at {0}': 'ce navigateur est à {0}',
  'Asked from': 'Demandé depuis',
  'Add a passkey': 'Ajouter une clé d’accès',
  'Add a second way to sign in': 'Ajouter un second moyen de se connecter',
  '<b>{0}</b> asks for a passkey, and you have none.':
    '<b>{0}</b> demande une clé d’accès, et vous n’en avez pas.',
  '<b>{0}</b> asks for more than a password, and that is all you have.':
    '<b>{0}</b> demande plus qu’un mot de passe, et vous n’avez rien d’autre.',
  'It takes a minute, and from then on it protects everything that you sign in to.':
    'Cela prend une minute, puis protège tout ce à quoi vous vous connectez.',
  'Make a passkey': 'Créer une clé d’accès',
  or: 'ou',
  'Use one-time codes of an app': 'Utiliser les codes d’une application',
  'Set up one-time codes': 'Configurer les codes à usage unique',
  'For <b>{0}</b>, with an authenticator app on your phone.':
    'Pour <b>{0}</b>, avec une application d’authentification sur votre téléphone.',
  '6-digit code that the app shows now': 'Code à 6 chiffres que montre l’application',
  'This code is not right. Check the clock of your phone, and type the code that the app shows now.':
    'Ce code n’est pas le bon. Vérifiez l’heure de votre téléphone et saisissez le code que l’application montre maintenant.',
  Confirm: 'Confirmer',
  'Show a new QR code': 'Montrer un nouveau code QR',
  'Scan this with the app. It is shown once.':
    'Scannez ceci avec l’application. Il est montré une seule fois.',
  'QR code of the secret below': 'Code QR du secret ci-dessous',
  'I cannot scan it': 'Je ne peux pas le scanner',
  'Type this key into the app: time-based, 6 digits':
    'Saisissez cette clé dans l’application : basée sur le temps, 6 chiffres',
  'Keep your recovery codes': 'Conservez vos codes de secours',
  'For <b>{0}</b>, if your phone or key is lost.':
    'Pour <b>{0}</b>, en cas de perte du téléphone ou de la clé.',
  '<b>They are not shown again.</b> Print them, or put them into a password manager. Each one works once, after your password. Older ones no longer work.':
    '<b>Ils ne seront plus montrés.</b> Imprimez-les ou mettez-les dans un gestionnaire de mots de passe. Chacun vaut une fois, après votre mot de passe. Les anciens ne valent plus.',
  'Recovery codes': 'Codes de secours',
  'I have kept them': 'Je les ai conservés',
  'Set your password': 'Définir votre mot de passe',
  Welcome: 'Bienvenue',
  'Welcome, {0}': 'Bienvenue, {0}',
  'Choose a password': 'Choisissez un mot de passe',
  'Choose a password again': 'Le mot de passe encore une fois',
  'Set password': 'Définir le mot de passe',
  'Your address will be {0}.': 'Votre adresse sera {0}.',
  'This link works once and expires on {0}.': 'Ce lien vaut une fois et expire le {0}.',
  '{0} invited you to {1}.': '{0} vous a invité à {1}.',
  '{0} invited you to the cluster {1}.': '{0} vous a invité au cluster {1}.',
  '{0} invited you to the clusters {1}.': '{0} vous a invité aux clusters {1}.',
  'Kubernetes sees this name. It cannot begin with <code>system:</code>.':
    'Kubernetes voit ce nom. Il ne peut pas commencer par <code>system:</code>.',
  'Set by your admin.': 'Fixé par votre administrateur.',
  Language: 'Langue',
  'Error: {0}': 'Erreur : {0}',
  'You are on <b>{0}</b>. Type your password nowhere else.':
    'Vous êtes sur <b>{0}</b>. Ne saisissez votre mot de passe nulle part ailleurs.',
  'Skip to content': 'Aller au contenu',
  Menu: 'Menu',
  Main: 'Menu principal',
  'Sign out': 'Se déconnecter',
  Breadcrumb: 'Fil d’Ariane',
  Done: 'Terminé',
  'You are signed in': 'Vous êtes connecté',
  'You can close this tab and go back to your terminal.':
    'Vous pouvez fermer cet onglet et revenir à votre terminal.',
  User: 'Compte',
  'Next sign-in': 'Prochaine connexion',
  '<a href="{0}/account#devices">See all your devices</a> or revoke this one.':
    '<a href="{0}/account#devices">Voyez tous vos appareils</a> ou révoquez celui-ci.',
  'Your admin can see the refusal in the audit log under <span class="mono">{0}</span>.':
    'Votre administrateur trouve le refus dans le journal d’audit sous <span class="mono">{0}</span>.',
  Refused: 'Refusé',
  'The device was not signed in, and its code no longer works.':
    'L’appareil n’a pas été connecté, et son code ne vaut plus.',
  'If you did not expect this request, someone may be trying to use your account.':
    'Si vous n’attendiez pas cette demande, quelqu’un essaie peut-être d’utiliser votre compte.',
  'Your admin decides who may enter.': 'Votre administrateur décide qui peut entrer.',
  'See your recent activity': 'Voir votre activité récente',
  'You may not enter': 'Vous ne pouvez pas entrer',
  'You have none: <a href="{0}/account/passkeys/new">add a passkey</a> to your account, then sign in here again.':
    'Vous n’en avez pas : <a href="{0}/account/passkeys/new">ajoutez une clé d’accès</a> à votre compte, puis reconnectez-vous ici.',
  'Go back without signing in': 'Revenir sans se connecter',
  'Your admin can find this under <span class="mono">{0}</span>.':
    'Votre administrateur trouve ceci sous <span class="mono">{0}</span>.',
  'Stay signed in': 'Rester connecté',
  'Sign out?': 'Se déconnecter ?',
  'Nobody is signed in in this browser.': 'Personne n’est connecté dans ce navigateur.',
  'You are signed in as <b>{0}</b> in this browser.':
    'Vous êtes connecté en tant que <b>{0}</b> dans ce navigateur.',
  '{0} asked for this sign-out.': '{0} a demandé cette déconnexion.',
  'You return to {0} afterwards.': 'Vous revenez ensuite à {0}.',
  'Also revoke my device': 'Révoquer aussi mon appareil',
  'Also revoke my {0} devices': 'Révoquer aussi mes {0} appareils',
  'kubectl asks you to sign in again on each of them.':
    'kubectl y demandera une nouvelle connexion.',
  'Devices stay signed in until they end or you revoke them.':
    'Les appareils restent connectés jusqu’à leur fin ou leur révocation.',
  '1 device was signed out too.': '1 appareil a aussi été déconnecté.',
  '{0} devices were signed out too.': '{0} appareils ont aussi été déconnectés.',
  'Signed out': 'Déconnecté',
  'You are signed out': 'Vous êtes déconnecté',
  'Sign in again': 'Se reconnecter',
  '<b>What to do:</b> {0}': '<b>Que faire :</b> {0}',
  Reference: 'Référence',
  Time: 'Heure',
  'Still stuck? Send your admin the reference. It holds nothing secret.':
    'Toujours bloqué ? Envoyez la référence à votre administrateur. Elle ne contient rien de secret.',
  'Confirm with your passkey': 'Confirmer avec votre clé d’accès',
  'Continue with passkey': 'Continuer avec la clé d’accès',
  'You have no passkey yet, and this is not done without one.':
    'Vous n’avez pas encore de clé d’accès, et ceci ne se fait pas sans elle.',
  '<b>No passkey was used.</b> Try again, or go another way.':
    '<b>Aucune clé d’accès n’a été utilisée.</b> Réessayez ou passez par un autre moyen.',
  '<b>This device holds a passkey of yours already.</b> Use another device or security key.':
    '<b>Cet appareil garde déjà une de vos clés d’accès.</b> Utilisez un autre appareil ou une autre clé de sécurité.',
  '<b>Passkeys need JavaScript.</b> It is off in this browser. Turn it on for {0}.':
    '<b>Les clés d’accès requièrent JavaScript.</b> Il est désactivé dans ce navigateur. Activez-le pour {0}.',
  '<b>Passkeys need JavaScript.</b> It is off in this browser. Turn it on for {0}, or use the way below.':
    '<b>Les clés d’accès requièrent JavaScript.</b> Il est désactivé dans ce navigateur. Activez-le pour {0}, ou utilisez le moyen ci-dessous.',
  '<b>This passkey was not accepted.</b> Try again.':
    '<b>Cette clé d’accès n’a pas été acceptée.</b> Réessayez.',
  '<b>This passkey was not accepted.</b> Try again, or use the way below.':
    '<b>Cette clé d’accès n’a pas été acceptée.</b> Réessayez ou utilisez le moyen ci-dessous.',
  '<b>This passkey was not accepted.</b> Try again, or sign in with your password.':
    '<b>Cette clé d’accès n’a pas été acceptée.</b> Réessayez ou connectez-vous avec votre mot de passe.',
  'Signing in to <b>your account</b> as <b>{0}</b>':
    'Connexion à <b>votre compte</b> en tant que <b>{0}</b>',
  'Signing in to <b>{0}</b> as <b>{1}</b>': 'Connexion à <b>{0}</b> en tant que <b>{1}</b>',
  'Use your passkey': 'Utilisez votre clé d’accès',
  'Your browser asks for your fingerprint, face, PIN or security key.':
    'Votre navigateur demande votre empreinte, votre visage, un code PIN ou une clé de sécurité.',
  '<b>Nothing but a passkey opens this.</b> Your admin has set it so.':
    '<b>Seule une clé d’accès ouvre ceci.</b> Votre administrateur l’a réglé ainsi.',
  'Lost your passkey and your codes? Ask your admin to reset how you sign in.':
    'Clé d’accès et codes perdus ? Demandez à votre administrateur de réinitialiser vos moyens de connexion.',
  Overview: 'Vue d’ensemble',
  Users: 'Comptes',
  Invitations: 'Invitations',
  Applications: 'Applications',
  Machines: 'Machines',
  'Audit log': 'Journal d’audit',
  'Signing keys': 'Clés de signature',
  'Access review': 'Revue des accès',
  Directory: 'Annuaire',
  'Ways in': 'Accès',
  Evidence: 'Preuves',
  'My account': 'Mon compte',
  Admin: 'Administration',
  'Forgotten your password?': 'Mot de passe oublié ?',
  'Too many attempts': 'Trop de tentatives',
  'A link to set a new one goes to the address of your account.':
    'Un lien pour en définir un nouveau part à l’adresse de votre compte.',
  'Send a link': 'Envoyer un lien',
  'Back to sign-in': 'Retour à la connexion',
  'The link that was sent last still works.': 'Le dernier lien envoyé vaut encore.',
  'Look into your mailbox': 'Regardez votre boîte aux lettres',
  'If there is such an account, and its address is verified, a link is on its way.':
    'Si un tel compte existe et que son adresse est vérifiée, un lien est en route.',
  'It works once, for 30 minutes.': 'Il vaut une fois, pendant 30 minutes.',
  '<b>Nothing came?</b> Ask your admin for a link. An address that was never verified gets no mail.':
    '<b>Rien reçu ?</b> Demandez un lien à votre administrateur. Une adresse jamais vérifiée ne reçoit pas de courrier.',
  'Set a new password': 'Définir un nouveau mot de passe',
  'It signs you out everywhere, on every device.':
    'Vous serez déconnecté partout, sur chaque appareil.',
  'New password': 'Nouveau mot de passe',
  'New password again': 'Nouveau mot de passe encore une fois',
  'Also revoke my devices and access tokens': 'Révoquer aussi mes appareils et jetons d’accès',
  'Devices ask for the new password either way. An access token works on unless it is revoked.':
    'Les appareils demandent de toute façon le nouveau mot de passe. Un jeton d’accès vaut encore s’il n’est pas révoqué.',
  'Your password is changed': 'Votre mot de passe est changé',
  'You are signed out everywhere. Sign in with the new password.':
    'Vous êtes déconnecté partout. Connectez-vous avec le nouveau mot de passe.',
  'Your devices and access tokens are revoked.': 'Vos appareils et jetons d’accès sont révoqués.',
  'Access tokens were not touched: they are on your account page.':
    'Les jetons d’accès sont restés tels quels : ils sont sur la page de votre compte.',
  'Sign in': 'Se connecter',
  'One-time code': 'Code à usage unique',
  'Recovery code': 'Code de secours',
  'Use a passkey instead': 'Utiliser plutôt une clé d’accès',
  'I cannot get a code': 'Je n’obtiens pas de code',
  'Use one of the recovery codes that you kept when you set this up: type it in the same box. If you have none left, ask your admin to reset how you sign in.':
    'Utilisez un des codes de secours conservés lors de la configuration : saisissez-le dans le même champ. S’il n’en reste aucun, demandez à votre administrateur de réinitialiser vos moyens de connexion.',
  'This code is wrong, or it was used already. Wait for the next one and type that.':
    'Ce code est faux ou déjà utilisé. Attendez le suivant et saisissez-le.',
  'This code is wrong, or it was used already. Type another one.':
    'Ce code est faux ou déjà utilisé. Saisissez-en un autre.',
  '6-digit code from your authenticator app':
    'Code à 6 chiffres de votre application d’authentification',
  'One of your recovery codes': 'Un de vos codes de secours',
  'The code changes every 30 seconds. Each code works once.':
    'Le code change toutes les 30 secondes. Chacun vaut une fois.',
  'Each of them works once.': 'Chacun vaut une fois.',
  'Devices that are already signed in are not affected.':
    'Les appareils déjà connectés ne sont pas touchés.',
  'You used a recovery code': 'Vous avez utilisé un code de secours',
  '<b>That was your last recovery code.</b> Make new ones on your account page today.':
    '<b>C’était votre dernier code de secours.</b> Créez-en de nouveaux aujourd’hui sur la page de votre compte.',
  '<b>1 recovery code is left.</b> If your authenticator app is gone, set it up anew on your account page.':
    '<b>Il reste 1 code de secours.</b> Si vous n’avez plus votre application d’authentification, configurez-la à nouveau sur la page de votre compte.',
  '<b>{0} recovery codes are left.</b> If your authenticator app is gone, set it up anew on your account page.':
    '<b>Il reste {0} codes de secours.</b> Si vous n’avez plus votre application d’authentification, configurez-la à nouveau sur la page de votre compte.',
  'Create the first admin': 'Créer le premier administrateur',
  'This page works once. Afterwards it is closed for ever.':
    'Cette page sert une fois. Elle est ensuite fermée pour toujours.',
  'Set-up code': 'Code d’installation',
  'This code is not known, or it has expired. Get a new one.':
    'Ce code n’est pas connu ou il a expiré. Obtenez-en un nouveau.',
  'The server printed it when it started. To get a new one: <code class="nowrap">lanyard setup-link</code>':
    'Le serveur l’a affiché au démarrage. Pour en obtenir un nouveau : <code class="nowrap">lanyard setup-link</code>',
  'Password again': 'Mot de passe encore une fois',
  'Create admin': 'Créer l’administrateur',
  '<b>Issuer: {0}</b><br>It is written into every token and every cluster. Changing it later signs everybody out, so check it now.':
    '<b>Issuer : {0}</b><br>Il est inscrit dans chaque jeton et chaque cluster. Le changer plus tard déconnecte tout le monde ; vérifiez-le donc maintenant.',
  '<b>Other machines cannot reach this issuer.</b> Before you add a first cluster, set <code>LANYARD_ISSUER</code> to an address that your clusters and people can reach, such as <code class="nowrap">https://id.example.com</code>, and <code>LANYARD_LISTEN</code> to where this server listens, such as <code class="nowrap">0.0.0.0:8443</code>; then start it again.':
    '<b>D’autres machines ne peuvent pas joindre cet issuer.</b> Avant d’ajouter un premier cluster, réglez <code>LANYARD_ISSUER</code> sur une adresse que vos clusters et utilisateurs peuvent joindre, par exemple <code class="nowrap">https://id.example.com</code>, et <code>LANYARD_LISTEN</code> sur l’endroit où ce serveur écoute, par exemple <code class="nowrap">0.0.0.0:8443</code> ; puis redémarrez-le.',
  'Use a passkey': 'Utiliser une clé d’accès',
  'Forgotten your password? Ask your admin for a link.':
    'Mot de passe oublié ? Demandez un lien à votre administrateur.',
  'Sign in to your account': 'Se connecter à votre compte',
  'Sign in to {0}': 'Se connecter à {0}',
  '<b>This step is over.</b> It was begun more than 5 minutes ago, in another tab, or it was finished. Sign in again.':
    '<b>Cette étape est passée.</b> Elle a été commencée il y a plus de 5 minutes ou dans un autre onglet, ou elle est terminée. Reconnectez-vous.',
  'A passkey still works now.': 'Une clé d’accès marche encore.',
  '<b>Username or password is wrong.</b> Check both and try again.':
    '<b>Le nom d’utilisateur ou le mot de passe est faux.</b> Vérifiez les deux et réessayez.',
  'At least 15 characters': 'Au moins 15 caractères',
  'Not made of common passwords, of your name, or of one piece over and over':
    'Pas fait de mots de passe courants, de votre nom ou d’un même morceau répété',
  'Anything else goes: spaces, any script, no forced symbols, no expiry':
    'Tout le reste va : espaces, toute écriture, aucun symbole imposé, aucune expiration',
  'Set your own password': 'Définissez votre propre mot de passe',
  'Change your password': 'Changez votre mot de passe',
  'Your admin knows the present one. Nobody will know the next.':
    'Votre administrateur connaît l’actuel. Personne ne connaîtra le prochain.',
  'You are signed out everywhere else. Devices stay signed in.':
    'Vous serez déconnecté partout ailleurs. Les appareils restent connectés.',
  'The two are not the same.': 'Les deux ne sont pas identiques.',
  'Cluster {0}': 'Cluster {0}',
  'Application {0}': 'Application {0}',
  'returns to {0}': 'revient à {0}',
  'all your clusters': 'tous vos clusters',
  Application: 'Application',
  'just now': 'à l’instant',
  ended: 'terminé',
  'Go back to where you came from and start again. Nothing was changed.':
    'Revenez d’où vous venez et recommencez. Rien n’a été changé.',
  'Tell the admin of the application that sent you here, with the reference. Nothing was changed.':
    'Dites-le à l’administrateur de l’application qui vous a envoyé ici, avec la référence. Rien n’a été changé.',
  'The application that sent you here is not known.':
    'L’application qui vous a envoyé ici n’est pas connue.',
  'The application wants to get its answer at an address that is not registered for it.':
    'L’application veut recevoir sa réponse à une adresse qui n’est pas enregistrée pour elle.',
  'The request to sign in could not be understood.':
    'La demande de connexion n’a pas pu être comprise.',
  'The application may not sign people in this way.':
    'L’application ne peut pas connecter des personnes de cette façon.',
  'It was started too long ago, in another browser, or already finished in another tab.':
    'Elle a été commencée il y a trop longtemps ou dans un autre navigateur, ou déjà terminée dans un autre onglet.',
  'The server is busy.': 'Le serveur est occupé.',
  'Try again in a minute.': 'Réessayez dans une minute.',
  'This did not work': 'Cela n’a pas marché',
  'The request could not be carried out.': 'La demande n’a pas pu être exécutée.',
  'Another way': 'Un autre moyen',
  'This page is out of date': 'Cette page n’est plus à jour',
  'This link does not work': 'Ce lien ne marche pas',
  'This sign-in has expired': 'Cette connexion a expiré',
  'Not found': 'Introuvable',
  'Not possible here': 'Impossible ici',
  Busy: 'Occupé',
  'Something went wrong': 'Quelque chose s’est mal passé',
  'Use a one-time code': 'Utiliser un code à usage unique',
  'Use a recovery code': 'Utiliser un code de secours',
  'Password and one-time code': 'Mot de passe et code à usage unique',
}
