import type { WeightTable } from '../weights.ts';

/** Made by `node test/amd/fit.ts`. */
export const NL: WeightTable = {
  machine: {
    '1.1': `
      in
    `,
    '1.0': `
      toestel
    `,
    '0.9': `
      maar </s>, staat
    `,
    '0.8': `
      <s> met, <s> welkom, dat u, dit, en, maar, met, u belt
    `,
    '0.7': `
      <s> het, belt, ben er, dat, welkom, welkom bij
    `,
    '0.6': `
      <s> hallo, ben, en kan, ik ben, uit
    `,
    '0.5': `
      <s> dit, <s> hoi, app, app me, bij, hallo, het, hoi, hoi met, ik neem, moet, neem, niet, niet op, nummer, om,
      om u, op app, te, voor het, wat, zijn
    `,
    '0.4': `
      <s> he, bel, daan, de telefoon, dit is, dit nummer, even </s>, hallo met, he, lotte, met daan, nummer is, op
    `,
    '0.3': `
      <s> bedankt, <s> de, bedankt, bedankt voor, bericht, de tuin, is de, is niet, je, niet opnemen, opnemen,
      telefoon, tuin, u, wij
    `,
    '0.2': `
      <s> u, aan, abonnee, bereikbaar, bereikbaar </s>, bericht in, bij woningstichting, de abonnee, de praktijk,
      de voicemail, dienst, een, goedendag dit, goedendag u, heeft, heeft u, helpen, kan de, loodgieter,
      niet bereikbaar, ons, opnemen ik, praktijk, spreek, uw, voicemail, voor, west, wij zijn, woningstichting
    `,
    '0.1': `
      <s> goedendag, antwoordapparaat, belt met, bent verbonden, de digitale, de familie, de piep, digitale, door,
      een bericht, er niet, familie, familie kok, gaat, gebruik, gebruik </s>, gesloten, goedemorgen welkom,
      goedendag, hallo ik, het antwoordapparaat, hier, ik, in de, in gebruik, kok, laat een, maken, na, na de,
      niet thuis, over, piep, piep </s>, smit, spreek je, terug, thuis, u bent, verbonden, verbonden met,
      voicemail van, we, weer, zijn niet, zijn wij
    `,
    '-0.1': `
      <s> momentje, al, auto, bellen, bent u, buiten, de auto, dit </s>, dokter, gaat het, geen, gemeente, hallo </s>,
      heb, het maar, het over, hoor, hoor ik, ik bel, ik heb, in een, is dit, klantenservice van, mij, mij </s>,
      momentje, momentje hoor, over </s>, u zo, verzekeringen, waar, waar gaat, wie, wie is
    `,
    '-0.2': `
      <s> goedemorgen, <s> ja, bel je, de klantenservice, even niet, klantenservice, mijn, mijn naam, naam, naam is,
      naar, oost, spreekt, spreekt met, u spreekt, van het, wacht even, zeg
    `,
    '-0.3': `
      <s> hotel, <s> restaurant, bij de, dam, degene, degene die, die, die u, gesprekken, goedemorgen, hoeveel, hotel,
      hotel de, huisartsenpraktijk, ik u, ja zeg, kan, kan ik, laat, nu even, nu niet, receptie, restaurant,
      restaurant de, van dam, van de, voor hoeveel
    `,
    '-0.4': `
      <s> goedemiddag, de, even, slecht, zeg het
    `,
    '-0.5': `
      <s> wacht, goedemiddag, ja, me, van, wacht, zit in
    `,
    '-0.6': `
      <s> ik, goedenavond, goedenavond met, ik kan, ik zit, is er, kan nu, kunt, kunt u, niet praten, praten, zit, zo
    `,
    '-0.7': `
      <s> hij, hij, hij is
    `,
    '-0.8': `
      terugbellen
    `,
    '-0.9': `
      nu
    `,
  },
  screening: {
    '0.9': `
      <s> hallo
    `,
    '0.8': `
      belt, hallo, u belt
    `,
    '0.7': `
      dit
    `,
    '0.6': `
      u
    `,
    '0.5': `
      <s> goedendag, en, goedendag, hallo ik, toestel
    `,
    '0.4': `
      <s> met, degene, degene die, die, die u, gesprekken, in, laat, maar, maar </s>, staat
    `,
    '0.3': `
      <s> het, <s> welkom, ben, ben er, dat, dat u, de digitale, digitale, en kan, ik ben, wat, welkom, welkom bij
    `,
    '0.2': `
      <s> dit, <s> he, <s> hoi, app, app me, bel, daan, dit is, dit nummer, even </s>, he, hoi, hoi met, ik, ik neem,
      lotte, met daan, moet, neem, niet op, niet opnemen, nummer, nummer is, om, om u, op, op app, opnemen, te, u en,
      uit, voor, voor het, wie bent
    `,
    '0.1': `
      <s> bedankt, <s> de, aan, abonnee, assistent, bedankt, bedankt voor, ben de, bent, bent u, bent verbonden,
      bereikbaar, bereikbaar </s>, bericht, bericht in, bij, bij woningstichting, de abonnee, de assistent, de piep,
      de praktijk, de telefoon, dienst, een bericht, gebruik, gebruik </s>, gesloten, goedendag dit, hallo met, heeft,
      heeft u, helpen, in gebruik, is de, is niet, je, kan de, loodgieter, na, na de, niet, niet bereikbaar, ons,
      opnemen ik, piep, praktijk, spreek, telefoon, thuis, uw, verbonden met, west, wie, wij, woningstichting, zijn
    `,
    '-0.1': `
      <s> hotel, <s> ja, <s> momentje, al, auto, bel je, belt met, buiten, de auto, de klantenservice, dit </s>,
      dokter, even niet, geen, gemeente, hallo </s>, heb, het maar, hoor, hoor ik, hotel, hotel de, ik heb, in een,
      is, is dit, klantenservice, klantenservice van, momentje, momentje hoor, naam, naar, nu even, oost, receptie,
      u zo, van de, van het, verzekeringen, waar, wacht even, wie is, zeg
    `,
    '-0.2': `
      <s> goedemorgen, <s> restaurant, bij de, goedemorgen, hoeveel, ik u, ja zeg, kan ik, met, met de, mijn,
      mijn naam, naam is, nu niet, restaurant, restaurant de, voor hoeveel
    `,
    '-0.3': `
      <s> goedemiddag, <s> hij, <s> ik, <s> wacht, even, goedemiddag, goedenavond met, hij, hij is, ik kan, is er, ja,
      kan, kunt, kunt u, me, niet praten, praten, slecht, wacht, zeg het, zit in
    `,
    '-0.4': `
      goedenavond, ik zit, kan nu, terugbellen, zit, zo
    `,
    '-0.5': `
      dam, de, huisartsenpraktijk, nu, van dam
    `,
    '-0.7': `
      van
    `,
  },
};
