import type { PhraseBook } from '../phrases.ts';

export const FR: PhraseBook = {
  voicemail: `
    message
    messages
    apres le/ce bip/signal/top
    signal sonore
    bip
    repondeur
    messagerie
    boite vocale
    pas ... disponible/disponibles/joignable
    indisponible*
    absent*
    absence
    pas la
    pas chez
    peux/peut/pouvons/puis ... repondre
    vous/te rappel*
    vous recontacter*
    laiss* ... nom/coordonnees/numero
    vos coordonnees
    en conge*
    en vacances
    en reunion
    bureaux ... fermes
    est ferme*
    sommes ferme*
    heures d'ouverture
    horaires
    en cas d'urgence
    rappelez
    rappeler ulterieurement
    savez/sais quoi
    a vous
  `,
  unreachable: `
    n'est pas/plus attribue
    numero que vous
    numero demande
    ne peut aboutir
    injoignable
    pas en service
    hors service
  `,
  menu: `
    pour consulter/parler/joindre/connaitre/toute
    si vous ... tapez/dites/appuyez/composez
    tapez
    appuyez
    composez
    faites le
    touche
    nos conseillers
    nos operateurs/lignes
    conseiller*
    enregistre*
    enregistrement
    qualite
    afin de/d'ameliorer
    quelques instants
    votre appel est important/susceptible/en
    votre appel va
  `,
  screening: `
    votre nom et
    qui vous etes
    filtrage
    filtre* ... appel*
    motif de
    raison de
    pourquoi vous appelez
    google
    siri
    assistant*
    virtuel*
    dites moi votre nom
    but de votre appel
  `,
  human: `
    je peux/puis vous
    puis je
    que puis/puisse
    vous aider
    aider
    je vous ecoute
    ecoute
    qui est a/la/ce
    l'appareil
    c'est qui
    c'est pour quoi
    allo allo
    allo oui
    oui allo
    un instant
    vous desirez
  `,
  agent: `
    a votre ecoute/service
    je suis
    mon nom est
    je m'appelle
    au telephone
    vous parlez avec
    parlez a
    au bout du fil
  `,
  reached: `
    vous etes bien
    vous etes chez
    vous etes sur
    vous avez bien joint
    vous avez joint/appele
    chez
    votre correspondant
    la personne que
    desole*
    merci de votre appel
  `,
  company: `
    bonjour
    bonsoir
    bienvenue
    merci d'avoir
    merci d'appeler
    standard
    en relation/communication/ligne avec
    vous etes en
    societe
    cabinet
    entreprise
    accueil
    service
    agence
    bureau
  `,
};
