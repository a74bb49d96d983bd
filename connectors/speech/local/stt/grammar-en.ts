import { CITIES, ENGLISH_NAMES } from './grammar-lists.ts';
import type { GrammarSets } from './grammar-sets.ts';

const ONES = 'one | two | three | four | five | six | seven | eight | nine';
const TEENS = 'ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen | eighteen | nineteen';
const PART_OF_DAY = 'morning | afternoon | evening | night';

/** English: JSGF rule bodies by name. Every word is lower case; the engine's dictionary knows nearly all of them. */
export const ENGLISH: GrammarSets = {
  rules: {
    yes: [
      '/0.6/ yes | /0.4/ (yeah | yep | yup | sure | okay | ok | correct | right | of course | absolutely | definitely | exactly',
      "that is (right | correct | fine) | that's (right | correct | it | fine) | yes (it is | i do | i am | that's right)",
      "yes that's correct | sounds good | all right | alright | go ahead)",
    ].join(' | '),
    no: [
      '/0.6/ no | /0.4/ (nope | nah | never | not really | not at all | wrong | incorrect | of course not',
      "that is (wrong | not right | incorrect) | that's (wrong | not right | incorrect | not it)",
      "no (it isn't | i don't | i'm not | that's wrong))",
    ].join(' | '),
    yesno: '<yes> | <no>',
    one_to_nine: ONES,
    teen: TEENS,
    tens: 'twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety',
    digit: `zero | oh | ${ONES}`,
    digit_group: '[double | triple] <digit>',
    digits: '<digit_group>+',
    below_100: '<one_to_nine> | <teen> | <tens> [<one_to_nine>]',
    below_1000: '<below_100> | (<one_to_nine> | a) hundred [[and] <below_100>]',
    number: 'zero | <below_1000> | (<one_to_nine> | a) thousand [[and] <below_1000>]',
    first_to_ninth: 'first | second | third | fourth | fifth | sixth | seventh | eighth | ninth',
    ordinal: [
      '<first_to_ninth> | tenth | eleventh | twelfth | thirteenth | fourteenth | fifteenth | sixteenth | seventeenth',
      'eighteenth | nineteenth | twentieth | thirtieth | fortieth | fiftieth | <tens> <first_to_ninth>',
    ].join(' | '),
    day: 'monday | tuesday | wednesday | thursday | friday | saturday | sunday',
    month:
      'january | february | march | april | may | june | july | august | september | october | november | december',
    relative_day: [
      `[on | next | this | last] <day> [${PART_OF_DAY}]`,
      `today | tonight | yesterday | tomorrow [${PART_OF_DAY}] | this (${PART_OF_DAY} | week | month)`,
      'next (week | month | year) | the day after tomorrow',
    ].join(' | '),
    year: '(nineteen | twenty) (<teen> | <tens> [<one_to_nine>] | oh <one_to_nine>) | two thousand [and] [<below_100>]',
    day_of_month:
      '<first_to_ninth> | tenth | eleventh | twelfth | thirteenth | fourteenth | fifteenth | sixteenth | ' +
      'seventeenth | eighteenth | nineteenth | twentieth | thirtieth | twenty <first_to_ninth> | thirty first',
    day_number: `<one_to_nine> | <teen> | twenty [<one_to_nine>] | thirty [one]`,
    date: '[on] <month> [the] (<day_of_month> | <day_number>) [<year>] | [on] [the] <day_of_month> [of] <month> [<year>]',
    hour: '<one_to_nine> | ten | eleven | twelve',
    minutes: 'oh <one_to_nine> | <teen> | (twenty | thirty | forty | fifty) [<one_to_nine>]',
    half_of_day: 'a.m. | p.m. | in the (morning | afternoon | evening) | at night',
    time: [
      "[at] <hour> (o'clock [<half_of_day>] | <half_of_day> | <minutes> [<half_of_day>])",
      '[at] (half past | [a] quarter (past | to) | (five | ten | twenty) (past | to)) <hour> [<half_of_day>]',
      '[at] (noon | midnight)',
    ].join(' | '),
    letter: 'a | b | c | d | e | f | g | h | i | j | k | l | m | n | o | p | q | r | s | t | u | v | w | x | y | z',
    letters: '<letter>+',
    command: [
      'help | help me | operator | agent | representative | [real] person | customer service',
      '[speak | talk] to (an agent | an operator | a person | a human | a representative | someone)',
      'repeat | repeat that | repeat please | say that again | say it again | pardon | again | what did you say',
      'cancel | stop | back | go back | main menu | menu | start over | continue | next | skip | wait | hold on',
      "i don't know | i am not sure | i'm not sure | none of (these | them | those) | nothing | something else",
    ].join(' | '),
    greeting: 'hello | hi | hey | hello there | hi there | good (morning | afternoon | evening | day)',
    goodbye: "goodbye | bye | bye bye | good bye | see you | see you later | good night | that's all | that is all",
    thanks: 'thank you | thanks | thank you very much | many thanks | thanks a lot | no thank you | no thanks',
    city: CITIES,
    name: ENGLISH_NAMES,
    backchannel: 'uh huh | uhuh | aha | mhm | hmm | mm hmm | ah | huh | oh [okay | right | i see] | i see | got it',
    maybe_um: '/0.95/ <NULL> | /0.05/ <um>',
    maybe_lead: '/0.9/ <NULL> | /0.1/ <lead>',
    maybe_want: '/0.8/ <NULL> | /0.2/ <want>',
    maybe_value_lead: '/0.9/ <NULL> | /0.1/ <value_lead>',
    maybe_please: '/0.95/ <NULL> | /0.05/ please',
    maybe_tail: '/0.9/ <NULL> | /0.1/ <tail>',
    um: 'um | uh | well | so',
    lead: 'yes | yeah | no | okay | ok | hello | hi | please',
    want: [
      "(i want | i would like | i'd like | i need) [to | a | an | the]",
      "(can | could) (you | i | we) [have | get] | give me | it's | it is | i am | i'm | my name is | the | to",
    ].join(' | '),
    value_lead: "it's | it is | that's | number | my number is | the number is",
    tail: 'please | thanks | thank you',
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
    '/0.5/ <backchannel>',
  ],
  builtInWithoutHints: ['/0.1/ <maybe_value_lead> (<ordinal> | <month> | <date> | <time>) <maybe_tail>'],
};
