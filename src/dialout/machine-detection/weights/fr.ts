import type { WeightTable } from '../weights.ts';

/** Made by `node test/amd/fit.ts`. */
export const FR: WeightTable = {
  machine: {
    '2.1': `
      plus
    `,
    '1.3': `
      c'est
    `,
    '1.2': `
      <s> bonjour
    `,
    '1.1': `
      numero
    `,
    '1.0': `
      <s> c'est, <s> le, <s> salut, quoi, salut, service </s>
    `,
    '0.9': `
      hugo
    `,
    '0.8': `
      <s> bienvenue, en, et
    `,
    '0.7': `
      correspondant, faire, quoi faire, sur, telephone
    `,
    '0.6': `
      <s> coucou, bienvenue, correspondant est, coucou, coucou c'est, et je, nos, nous, votre correspondant
    `,
    '0.5': `
      afin, afin de, bienvenue chez, de votre, nous sommes, sommes, vers
    `,
    '0.4': `
      bonjour ici, bonjour je, de vous, moi un, pas la, que vous, service, sommes sortis, sortis
    `,
    '0.3': `
      a bientot, a la, apres le, bientot, bientot </s>, bienvenue a, bip, bip </s>, chez les, etes, laissez,
      laissez moi, le bip, les
    `,
    '0.2': `
      <s> ce, <s> vous, allez, allez etre, appel, appelez ne, attribue, avec la, avez compose, bien chez, compose,
      compose n'est, de, etes bien, etes chez, etre, ici, la, la messagerie, le numero, messagerie, ne repond,
      numero que, parlez, pas attribue, petit, que, repond, repond pas, sur le, un, vous, vous allez, vous ecoute
    `,
    '0.1': `
      <s> votre, appele, appele le, apres, banque du, bien, bien sur, bonjour, bonjour et, bonjour le, cabinet,
      cabinet du, cet, cet appel, clinique des, consulter, correspondant n'est, des, docteur, du, du docteur, ecoute,
      est ferme, et a, ferme, joignable, joindre, joindre n'est, l'assistant, l'assistant de, la banque, la personne,
      le cabinet, le magasin, le portable, le repondeur, magasin, magasin est, neuf, pas joignable, pas repondre,
      personne, personne que, plus vous, portable, portable de, qui, rendez, rendez vous, repondeur, repondre,
      salut c'est, si, si vous, six, sont, sophie, souhaitez, suis l'assistant, tapez, tapez un, un rendez, veuillez,
      votre, votre appel, vous etes, vous souhaitez, zero, zero six
    `,
    '-0.1': `
      <s> attendez, <s> cabinet, <s> hotel, <s> ne, <s> oui, a vous, appels, assurances, attendez, avec, avez, baisse,
      baisse la, bonjour </s>, bonjour la, cabinet dentaire, camille, de filtrage, dentaire, en relation, est ce,
      etes en, filtrage, horizon, hotel, ici </s>, instant, instant </s>, je baisse, je vais, je vous, laurent,
      michel, ne, ne quittez, nom et, oui bonjour, parler, paul, peux, plait, plait </s>, plomberie, puis, puis je,
      que puis, quel, quittez, quittez pas, quoi </s>, rappelle, relation, s'il, s'il vous, saint, service de,
      un instant, un service, vais, votre ecoute, votre nom, votre service, vous avez, vous plait
    `,
    '-0.2': `
      <s> bonsoir, <s> restaurant, a, a l'appareil, amelie, appelez, avant, banque, de la, dites, dites moi,
      l'appareil, le service, merci, message, message </s>, nom, oui, pas, pour, relation avec, restaurant,
      restaurant le, un message, vous appelez
    `,
    '-0.3': `
      <s> la, bonjour bienvenue, c'est pour, julien, laisser, laisser un, le, lui, lui laisser, une
    `,
    '-0.4': `
      <s> societe, avez deja, bon, bonsoir, deja, dossier, le bon, masson, ouvert, societe, suis en
    `,
    '-0.5': `
      a votre, bonjour vous, clients, clients de, service clients
    `,
    '-0.6': `
      <s> il, chez, il n'est, je suis, suis
    `,
    '-0.7': `
      est, il
    `,
    '-0.8': `
      moment, pas le
    `,
    '-0.9': `
      au, on
    `,
    '-1.0': `
      n'est pas
    `,
    '-1.1': `
      fermes, rappelez
    `,
    '-1.2': `
      on est
    `,
    '-1.3': `
      <s> je
    `,
  },
  screening: {
    '1.0': `
      <s> bonjour, plus
    `,
    '0.9': `
      bonjour je
    `,
    '0.8': `
      et
    `,
    '0.7': `
      correspondant, et a, qui, votre correspondant
    `,
    '0.6': `
      de votre, numero
    `,
    '0.5': `
      <s> c'est, <s> le, <s> salut, c'est, hugo, l'assistant, l'assistant de, quoi, salut, service </s>,
      suis l'assistant
    `,
    '0.4': `
      <s> bienvenue, de, je, quoi faire
    `,
    '0.3': `
      <s> coucou, a la, a quel, bonjour, correspondant est, coucou, coucou c'est, etes, faire, telephone, votre
    `,
    '0.2': `
      afin, afin de, bienvenue chez, de vous, en, est a, et je, laissez, laissez moi, moi un, nos, nous, nous sommes,
      pas la, qui est, sommes, sommes sortis, sortis, sur
    `,
    '0.1': `
      <s> ce, a, a bientot, a l'appareil, appel, appels, apres le, attribue, avec la, avez compose, banque du,
      bien chez, bien sur, bientot, bientot </s>, bienvenue, bienvenue a, bip, bip </s>, bonjour ici, bonjour la,
      bonjour le, cet, cet appel, chez les, clinique des, compose, compose n'est, de filtrage, dites, filtrage,
      l'appareil, la, la banque, la messagerie, le bip, le numero, le portable, les, merci de, messagerie, nom et,
      numero que, parlez, pas attribue, pas repondre, petit, portable, portable de, que vous, quel, repondre,
      service de, si, si vous, sophie, sur le, tapez, tapez un, un, un service, vers, votre nom, vous ecoute
    `,
    '-0.1': `
      <s> ne, <s> oui, <s> restaurant, allez, allez etre, appelez ne, assurances, avant, avec, avez, baisse,
      baisse la, banque, bonjour </s>, bonjour et, camille, clinique, de la, du, ecoute, et bienvenue, etes en, etre,
      ici, je baisse, je vous, la clinique, laisser, laisser un, message, message </s>, n'est, ne quittez, ne repond,
      nom, oui, oui bonjour, parler, paul, peux, plomberie, puis, puis je, que puis, quittez, quittez pas, rappelle,
      repond, repond pas, restaurant, restaurant le, saint, un message, votre service, vous, vous allez, vous avez,
      vous etes
    `,
    '-0.2': `
      <s> bonsoir, <s> societe, amelie, appelez, avez deja, bon, bonjour bienvenue, c'est pour, deja, dossier,
      en relation, est, horizon, je suis, julien, le bon, le service, lui, lui laisser, masson, ouvert, pour,
      relation, relation avec, societe, suis, suis en, une, votre ecoute, vous appelez
    `,
    '-0.3': `
      <s> il, bonsoir, il n'est, ne, pas vous
    `,
    '-0.4': `
      <s> la, a votre, clients, clients de, il, moment, pas le, service clients
    `,
    '-0.5': `
      bonjour vous, chez, le, on, pas
    `,
    '-0.6': `
      au, fermes, n'est pas, on est, rappelez
    `,
    '-0.7': `
      <s> je
    `,
  },
};
