import type { Lexicon } from '../lexicon.ts';

export const FR: Lexicon = {
  machine: {
    4: `
      laissez un message, laisser un message, laissez moi, laissez nous, laisse moi, votre message, un message, apres le bip, apres le signal,
      apres le top, signal sonore, bip sonore, repondeur, messagerie, boite vocale, vous rappelle, vous rappellerai, vous rappellerons, te rappelle,
      pas disponible, pas joignable, pas la pour, indisponible, ne peux pas vous repondre, ne peux pas repondre, ne pouvons pas, ne peut pas,
      vos coordonnees, appuyez sur, tapez, tapez un, touche etoile, touche diese, faites le, enregistre, etre enregistre, nos conseillers, tous nos,
      veuillez patienter, veuillez rappeler, rappeler ulterieurement, rappelez plus tard, sont fermes, est ferme, est fermee,
      sommes fermes, actuellement fermes, actuellement ferme, horaires d'ouverture, nos horaires, heures d'ouverture, n'est pas attribue, plus attribue, hors service,
      numero que vous, numero demande, ne peut aboutir, des que possible, mon absence, en notre absence, des mon retour
    `,
    3: `
      message, messages, bip, correspondant, absent, absente, absents, conges, vacances, deplacement, reunion, ferme, fermes, horaires, ouvert, ouverts,
      du lundi, au vendredi, de neuf heures, de huit heures, urgence, en cas d'urgence, rappeler, rappelez, ulterieurement, patienter, patientez, conseiller,
      qualite, menu, dites, touche, etoile, diese, transfere, renvoye, boite, vocale, vocal, coordonnees, site internet, par mail, par email, www, si vous,
      pour un, pour une, pour toute, pour les, pour le, pour la, pour votre, pour vos, attente, temps d'attente, ligne est
    `,
    2: `
      vous etes bien, bien sur le, avez bien joint, vous avez joint, vous avez appele, vous etes sur, portable, actuellement, pour le moment,
      en ce moment, momentanement, ne peux, ne peut, ne suis pas, ne sommes pas, pas, laissez, laisser, laisse, lundi, mardi, mercredi, jeudi, vendredi, samedi, dimanche,
      rappelle, rappel, retour, bientot, au revoir, merci de votre appel, votre appel, merci de, desole, malheureusement, jusqu'au, a partir, sinon, repondrons
    `,
    1: `numero, veuillez, merci, nous, notre, nos, ou, et je, et nous, possible`,
  },
  person: {
    4: `
      que puis je, puis je vous, je peux vous, comment puis je, en quoi puis, vous aider, vous renseigner, je vous ecoute, j'ecoute, qui est a l'appareil,
      a l'appareil, qui est ce, c'est qui, c'est de la part, de la part de qui, c'est pour quoi, c'est a quel sujet, vous desirez, vous souhaitez, un instant, une seconde,
      pourriez vous, pouvez vous, votre numero de, que voulez vous, a qui, un moment
    `,
    3: `aider, ecoute, a votre ecoute, a votre service, je suis, mon nom est, je m'appelle, au telephone, bonjour bonjour, allo oui, oui allo, qui, quel, quelle, quoi`,
    2: `oui, allo, bonjour, bonsoir, salut, ici, monsieur, madame, accueil, standard, ne quittez pas`,
    1: `c'est, cabinet, hotel`,
  },
  screening: {
    4: `
      motif de votre appel, raison de votre appel, objet de votre appel, but de votre appel, pourquoi vous appelez, qui vous etes, votre nom et, assistant, assistante,
      google, siri, filtrage, filtre, filtrer, vous mettre en relation, si cette personne, la personne que vous appelez, qui appelle
    `,
    3: `motif, raison, objet, identifiez vous, dites votre nom, indiquez votre nom, dites moi votre nom, virtuel, virtuelle, de la part de`,
    2: `personne, nom, en relation`,
    1: `appelez, disponible`,
  },
};
