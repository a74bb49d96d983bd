import type { GreetingSentences } from './greeting-model.ts';

/** What is said by those, and by that, which answers the telephone in French: one sentence per line, `_` for a name or anything else. */
export const FRENCH_GREETINGS: GreetingSentences = {
  machine: `
    bonjour vous êtes bien sur le répondeur de _
    bonjour vous êtes sur le répondeur de _
    bonjour vous êtes bien sur la messagerie de _
    bonjour vous êtes bien sur la messagerie vocale de _
    vous êtes bien sur le portable de _
    vous êtes bien chez _
    vous êtes bien au _
    bonjour vous êtes bien chez _ nous ne sommes pas là pour le moment
    vous avez bien joint la boîte vocale de _
    vous avez joint la boîte vocale de _
    bonjour c'est _ laissez moi un message
    bonjour c'est _ je ne suis pas disponible pour le moment
    salut c'est _ laisse moi un message
    je ne suis pas disponible pour le moment
    je ne suis pas là pour le moment
    je ne suis pas joignable pour le moment
    je suis actuellement absent
    je suis absente jusqu'au _
    je suis en réunion
    je suis en congés jusqu'au _
    je suis en vacances
    je ne peux pas vous répondre pour le moment
    je ne peux pas répondre au téléphone
    je ne peux pas prendre votre appel
    je ne peux pas décrocher pour l'instant
    nous ne pouvons pas répondre à votre appel
    nous ne pouvons pas vous répondre pour le moment
    nous sommes absents pour le moment
    nous ne sommes pas là
    nous sommes actuellement fermés
    nos bureaux sont actuellement fermés
    nos bureaux sont ouverts du lundi au vendredi de neuf heures à dix huit heures
    le magasin est fermé
    le cabinet est fermé
    laissez un message après le bip
    laissez un message après le bip sonore
    laissez moi un message après le bip
    laissez moi un message après le signal sonore
    veuillez laisser un message après le bip sonore
    veuillez laisser votre message après le signal sonore
    vous pouvez laisser un message après le bip
    vous pouvez me laisser un message
    merci de laisser un message après le bip
    merci de me laisser un message
    merci de laisser votre nom et votre numéro
    laissez votre nom et votre numéro de téléphone
    laissez moi votre nom et votre numéro
    laissez vos coordonnées et je vous rappellerai
    laissez nous un message et nous vous rappellerons dès que possible
    et je vous rappellerai dès que possible
    je vous rappelle dès que possible
    nous vous rappellerons dès que possible
    je vous rappellerai dès mon retour
    parlez après le bip
    parlez après le bip sonore
    en cas d'urgence appelez le _
    en cas d'urgence faites le _
    vous savez quoi faire
    c'est à vous
    à vous de parler
    envoyez moi un texto
    merci et à bientôt
    merci et bonne journée
  `,
  network: `
    bienvenue sur la messagerie _
    bienvenue sur la messagerie vocale de _
    votre correspondant n'est pas disponible
    votre correspondant n'est pas joignable pour le moment
    votre correspondant ne peut pas répondre
    le correspondant que vous demandez n'est pas disponible
    la personne que vous appelez n'est pas disponible
    la personne que vous essayez de joindre n'est pas disponible pour le moment
    la personne que vous cherchez à joindre n'est pas disponible
    le numéro que vous avez composé n'est pas attribué
    le numéro que vous demandez n'est pas en service actuellement
    le numéro que vous avez demandé n'est plus en service
    votre appel ne peut aboutir
    votre appel a été transféré vers une boîte vocale
    votre demande ne peut aboutir veuillez renouveler votre appel
    veuillez rappeler ultérieurement
    veuillez réessayer plus tard
    la boîte vocale est pleine
    le téléphone de votre correspondant est éteint
    vous pouvez laisser un message sur sa boîte vocale
  `,
  menu: `
    bienvenue chez _ pour le service client tapez un
    bienvenue chez _ pour parler à un conseiller tapez deux
    bienvenue au service clients _
    bienvenue à la _
    tapez un
    tapez deux
    tapez trois
    tapez étoile
    appuyez sur la touche un
    appuyez sur la touche étoile
    pour toute autre demande tapez quatre
    pour joindre un conseiller tapez un
    pour joindre le secrétariat tapez un
    pour un rendez vous tapez un
    pour une commande tapez un
    si vous êtes déjà client tapez un
    si vous connaissez le numéro de poste composez le maintenant
    afin d'améliorer la qualité de nos services cet appel peut être enregistré
    votre appel est susceptible d'être enregistré
    cet appel est enregistré
    tous nos conseillers sont en ligne veuillez patienter
    nos conseillers sont actuellement en communication
    merci de patienter
    merci de bien vouloir patienter
    veuillez patienter quelques instants
    ne quittez pas un conseiller va vous répondre
    un conseiller va prendre votre appel
    votre appel est important pour nous
    merci d'avoir appelé _ tapez un
    merci de composer votre numéro de client
    dites en quelques mots la raison de votre appel
    pour le français tapez un
  `,
  screening: `
    indiquez votre nom et le motif de votre appel
    dites votre nom et la raison de votre appel
    veuillez indiquer votre nom et le motif de votre appel
    je vais voir si cette personne est disponible
    la personne que vous appelez utilise un service de filtrage d'appels
    cet appel est filtré
    je suis l'assistant de _
    je suis l'assistant google
    ici l'assistant virtuel de _
    dites moi qui vous êtes et pourquoi vous appelez
    puis je avoir votre nom et la raison de votre appel
  `,
  person: `
    allô
    allô oui
    oui allô
    oui
    bonjour
    bonsoir
    oui bonjour
    allô bonjour
    allô j'écoute
    _ bonjour
    _ à l'appareil
    ici _
    bonjour _ à l'appareil
    bonjour _ à votre écoute
    bonjour _ je vous écoute
    bonjour _ que puis je faire pour vous
    bonjour _ comment puis je vous aider
    bonjour et bienvenue chez _ je suis _ comment puis je vous aider
    bonjour et bienvenue chez _ ici _ que puis je faire pour vous
    société _ bonjour
    cabinet _ bonjour
    garage _ bonjour
    service clients bonjour
    standard bonjour
    secrétariat bonjour
    accueil bonjour
    mairie de _ bonjour
    hôtel _ bonsoir
    pharmacie _ bonjour
    agence _ bonjour que puis je pour vous
    merci d'avoir appelé _ je suis _ comment puis je vous aider
    vous êtes en ligne avec _
    vous êtes en relation avec _
    vous parlez avec _
    que puis je faire pour vous
    en quoi puis je vous aider
    comment puis je vous aider aujourd'hui
    c'est à quel sujet
    qui est à l'appareil
    c'est de la part de qui
    pouvez vous me donner votre nom
    pourriez vous me donner votre numéro de client
    un instant s'il vous plaît
    ne quittez pas je vous le passe
  `,
};
