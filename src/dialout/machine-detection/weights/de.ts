import type { WeightTable } from '../weights.ts';

/** Made by `node test/amd/fit.ts`. */
export const DE: WeightTable = {
  machine: {
    '1.1': `
      hier ist
    `,
    '0.9': `
      willkommen
    `,
    '0.8': `
      <s> willkommen, hi hier, hier, mailbox
    `,
    '0.7': `
      <s> hi, anrufbeantworter, geht, hi, ihr, von
    `,
    '0.6': `
      <s> guten, tag sie
    `,
    '0.5': `
      anschluss, dem, die, diese, ist, mit dem, rufnummer, rufnummer ist, sprechen, wie
    `,
    '0.4': `
      <s> hallo, <s> hier, <s> kein, anschluss von, bei, bis spater, gerade nicht, ich bin, kein, mir, sie sprechen,
      spater </s>, sprechen mit, willkommen bei, wir
    `,
    '0.3': `
      bekannt, bis, damit, damit wir, der mailbox, eine, grad, guten tag, haben die, hallo hier, helfen, ihnen,
      ihnen schneller, ist lena, ist uns, kann gerade, kolb, lena, lena ich, mit der, nicht bekannt, schneller,
      schneller helfen, sie haben, sind mit, spater, tag, uns, uns nicht, willkommen in, wir ihnen
    `,
    '0.2': `
      bei telenord, bergmann, bin, brandt, den, der krankenkasse, einfach, es, haben, hallo, in der, ja, krankenkasse,
      mir eine, mir einfach, nina, nummer, tag und, telenord, telenord damit, und, unser, wir sind, zahnarztpraxis,
      zahnarztpraxis doktor
    `,
    '0.1': `
      <s> vielen, alle, anrufbeantworter von, ausserhalb, ausserhalb unserer, bei der, bin grad, buro, buro ist, dank,
      dank fur, der anrufbeantworter, doktor, eine nachricht, etwas, familie, fur, fur ihren, gartnerei, grad nicht,
      heute, hinterlasst, hoffmann, ihren anruf, im moment, ist der, ist heute, konnen, moment, nachricht, nennen,
      neumann, nicht zu, praxis, rufen ausserhalb, schreib, schreib mir, seidel, sie rufen, tag hier, thomas,
      und herzlich, unser buro, unserer, vielen, vielen dank, wenn, wenn sie, zeit, zu, zur
    `,
    '-0.1': `
      <s> einen, <s> herzlich, <s> praxis, <s> schonen, <s> wir, an </s>, angerufene teilnehmer, anrufs, bin gerade,
      bitte nennen, einen schonen, frau, gerade, guten morgen, habe, ich habe, ihren, ihres, ihres anrufs, im, in,
      ist die, morgen, name ist, noch, noch mal, sie bitte, sind, sommer, tag mein, teilnehmer, telefon, und den, was,
      wir haben
    `,
    '-0.2': `
      <s> ja, am, dran, einen, elektro, ganz, ganz schlecht, hallo der, ihren namen, ja hier, mich, mit, namen,
      namen und, nimmt, rufen, sagen, schlecht ich, schonen, schonen guten, sie mich, soll, telefon </s>, was kann
    `,
    '-0.3': `
      <s> ich, angerufene, anrufe, dem kundenservice, der angerufene, guten, ja </s>, kundenservice,
      kundenservice der, kurz, nicht, rufen sie, schlecht, sich, sie sich
    `,
    '-0.4': `
      mal, sie sind
    `,
    '-0.5': `
      abend, an, anja, guten abend, ist es, markus, mein name, name, spricht
    `,
    '-0.6': `
      da, gleich, kann ich
    `,
    '-0.7': `
      sind verbunden, verbunden, verbunden mit
    `,
    '-0.9': `
      ist nicht, nicht da, sie
    `,
    '-1.0': `
      ich, kann
    `,
    '-1.5': `
      mein
    `,
  },
  screening: {
    '1.0': `
      <s> hallo
    `,
    '0.8': `
      hallo, wie
    `,
    '0.7': `
      <s> hi, angerufene, der angerufene, hi
    `,
    '0.6': `
      hier ist
    `,
    '0.5': `
      <s> guten, anrufe, dem, der, mit, mit dem, nur
    `,
    '0.4': `
      geht, hi hier, ihr, mir, nimmt, sie sprechen, sprechen, sprechen mit, wenn, wenn sie
    `,
    '0.3': `
      <s> willkommen, an, angerufene teilnehmer, anrufbeantworter, bitte, bitte nennen, guten tag, hier, mailbox,
      namen, nennen, tag, teilnehmer, und
    `,
    '0.2': `
      <s> hier, <s> kein, bekannt, bis spater, den, die, diese, einen, ihren, ihren namen, ist der, ist uns, kein,
      namen und, nicht bekannt, rufnummer, rufnummer ist, sagen, spater </s>, tag hier, uns, uns nicht, von,
      willkommen, wir
    `,
    '0.1': `
      <s> der, anruf, anrufs, anschluss, anschluss von, assistent, bei telenord, bergmann, bin der, bin grad, bis,
      brandt, buro, buro ist, damit, damit wir, der assistent, der krankenkasse, der mailbox, dieser, einfach, es,
      filter, filter fur, fur, fur anrufe, gerade nicht, grad, haben die, hallo der, hallo hier, hallo ich, helfen,
      ich bin, ihnen, ihnen schneller, ihres, ihres anrufs, in der, ist lena, ja, kann gerade, kolb, krankenkasse,
      lena, lena ich, mir einfach, mit der, nina, nummer, schneller, schneller helfen, seidel, sie haben, sind mit,
      spater, telenord, telenord damit, und den, unser, unser buro, willkommen in, wir ihnen, wir sind,
      zahnarztpraxis, zahnarztpraxis doktor, zeit
    `,
    '-0.1': `
      <s> einen, <s> herzlich, <s> ja, <s> praxis, <s> schonen, <s> wir, am, bin gerade, der sparkasse, einen schonen,
      frau, ganz, ganz schlecht, guten, guten morgen, ich kann, im, ist die, ja hier, mich, morgen, name ist, noch,
      noch mal, praxis doktor, rufen, schlecht ich, sie mich, soll, sommer, sparkasse, tag mein, telefon,
      telefon </s>, was, wir haben
    `,
    '-0.2': `
      <s> ich, bei der, dran, elektro, gerade, herzlich, herzlich willkommen, in, ja </s>, kurz, mal, rufen sie,
      schlecht, schonen, schonen guten, sich, sie, sie sich, sind, was kann
    `,
    '-0.3': `
      abend, anja, da, dem kundenservice, gleich, guten abend, ist es, kann ich, kundenservice, kundenservice der,
      markus, nicht, sie sind, spricht
    `,
    '-0.4': `
      mein name, name, nicht da, sind verbunden, verbunden, verbunden mit
    `,
    '-0.5': `
      ist nicht
    `,
    '-0.7': `
      ich
    `,
    '-0.8': `
      kann
    `,
    '-0.9': `
      mein
    `,
  },
};
