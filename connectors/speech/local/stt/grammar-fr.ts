import { CITIES_FRENCH, FRENCH_NAMES } from './grammar-lists.ts';
import type { GrammarSets } from './grammar-sets.ts';

const ONES = 'un | deux | trois | quatre | cinq | six | sept | huit | neuf';
const TEENS = 'dix | onze | douze | treize | quatorze | quinze | seize | dix (sept | huit | neuf)';
const PART_OF_DAY = 'matin | midi | après midi | soir';

/** French: JSGF rule bodies by name. Compound numbers are single words in a row (`quatre vingt dix sept`). */
export const FRENCH: GrammarSets = {
  rules: {
    yes: [
      "/0.6/ oui | /0.4/ (ouais | d'accord | bien sûr | exactement | absolument | tout à fait | correct | c'est (ça | correct | bon)",
      "oui (c'est ça | bien sûr | merci) | parfait | ok)",
    ].join(' | '),
    no: "/0.6/ non | /0.4/ (pas du tout | pas vraiment | jamais | c'est (faux | incorrect) | non ce n'est pas ça | non merci)",
    yesno: '<yes> | <no>',
    one_to_nine: ONES,
    teen: TEENS,
    digit: `zéro | ${ONES}`,
    digit_group: '[double | triple] <digit>',
    digits: '<digit_group>+',
    tens: 'vingt | trente | quarante | cinquante | soixante',
    below_100: [
      '<one_to_nine> | <teen> | <tens> [[et] <one_to_nine>] | soixante [et] <teen>',
      'quatre vingt [<one_to_nine> | <teen>] | septante [[et] <one_to_nine>] | nonante [[et] <one_to_nine>]',
    ].join(' | '),
    below_1000: '<below_100> | [<one_to_nine>] cent [<below_100>]',
    number: 'zéro | <below_1000> | [<one_to_nine>] mille [<below_1000>]',
    ordinal: [
      'premier | première | deuxième | second | seconde | troisième | quatrième | cinquième | sixième | septième',
      'huitième | neuvième | dixième | onzième | douzième | treizième | quatorzième | quinzième | seizième | vingtième',
    ].join(' | '),
    day: 'lundi | mardi | mercredi | jeudi | vendredi | samedi | dimanche',
    month: 'janvier | février | mars | avril | mai | juin | juillet | août | septembre | octobre | novembre | décembre',
    relative_day: [
      `[ce] <day> [prochain | dernier | ${PART_OF_DAY}] | aujourd'hui | hier | demain [${PART_OF_DAY}]`,
      'après demain | ce (matin | soir | midi) | cet après midi | la semaine prochaine | le mois prochain',
    ].join(' | '),
    day_number: '<one_to_nine> | <teen> | vingt [[et] <one_to_nine>] | trente [et un]',
    year: 'deux mille [<below_100>] | mille neuf cent [<below_100>]',
    date: '[le] [<day>] (premier | <day_number>) <month> [<year>]',
    hour:
      '<one_to_nine> | dix | onze | douze | treize | quatorze | quinze | seize | dix (sept | huit | neuf) | ' +
      'vingt [et une | deux | trois] | une',
    time: [
      "[à] <hour> heure [et (demie | quart) | moins le quart | <below_100>] [du (matin | soir) | de l'après midi]",
      '[à] (midi | minuit) [et (demie | quart)]',
    ].join(' | '),
    letter: 'a | b | c | d | e | f | g | h | i | j | k | l | m | n | o | p | q | r | s | t | u | v | w | x | y | z',
    letters: '<letter>+',
    command: [
      'aide | aidez moi | opérateur | conseiller | un conseiller | agent | une personne | service client',
      "parler à (un conseiller | un agent | une personne | quelqu'un)",
      "répéter | répétez | répétez s'il vous plaît | pardon | encore | encore une fois | comment",
      'annuler | annulez | arrêter | stop | retour | menu | menu principal | recommencer | continuer | suivant | attendez',
      'je ne sais pas | aucun | aucune | rien | autre chose',
    ].join(' | '),
    greeting: 'bonjour | bonsoir | salut | allô',
    goodbye: "au revoir | à bientôt | bonne (journée | soirée | nuit) | adieu | c'est tout",
    thanks: 'merci | merci beaucoup | merci bien',
    city: CITIES_FRENCH,
    name: FRENCH_NAMES,
    maybe_um: '/0.95/ <NULL> | /0.05/ <um>',
    maybe_lead: '/0.9/ <NULL> | /0.1/ <lead>',
    maybe_want: '/0.8/ <NULL> | /0.2/ <want>',
    maybe_value_lead: '/0.9/ <NULL> | /0.1/ <value_lead>',
    maybe_please: "/0.95/ <NULL> | /0.05/ s'il vous plaît",
    maybe_tail: '/0.9/ <NULL> | /0.1/ <tail>',
    um: 'euh | alors | ben | bon',
    lead: "oui | non | bonjour | d'accord | ok",
    want: [
      "(je veux | je voudrais | j'aimerais | je souhaite | il me faut) [un | une | le | la | les | des]",
      "pouvez vous | est ce que je peux | donnez moi | c'est | je suis | je m'appelle | le | la | à | pour",
    ].join(' | '),
    value_lead: "c'est | c'est le | le | numéro | mon numéro est le",
    tail: "s'il vous plaît | merci",
  },
  placeholders: {
    yesno: 'yesno',
    yes: 'yes',
    no: 'no',
    digit: 'digit',
    digits: 'digits',
    number: 'number',
    ordinal: 'ordinal',
    day: 'relative_day',
    weekday: 'day',
    month: 'month',
    date: 'date',
    time: 'time',
    letter: 'letter',
    letters: 'letters',
    city: 'city',
    name: 'name',
  },
  hintFrame: '<maybe_um> <maybe_lead> <maybe_want> <hint> <maybe_tail>',
  builtIn: [
    '/0.5/ <maybe_um> (<yes> | <no> | <command>) <maybe_tail>',
    '/0.3/ <maybe_um> <relative_day> <maybe_tail>',
    '/0.1/ <maybe_value_lead> (<digits> | <number>) <maybe_please>',
    '/0.5/ (<greeting> | <goodbye> | <thanks>)',
  ],
  builtInWithoutHints: ['/0.1/ <maybe_value_lead> (<ordinal> | <month> | <date> | <time>) <maybe_tail>'],
};
