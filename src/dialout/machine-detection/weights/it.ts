import type { WeightTable } from '../weights.ts';

/** Made by `node test/amd/fit.ts`. */
export const IT: WeightTable = {
  machine: {
    '1.1': `
      piu
    `,
    '1.0': `
      ci
    `,
    '0.9': `
      <s> ciao, ciao, numero
    `,
    '0.8': `
      <s> grazie, per, questo
    `,
    '0.7': `
      ci sono, cosa, non ci
    `,
    '0.6': `
      <s> benvenuti, <s> benvenuto, benvenuti, cosa fare, fare, il, la segreteria, sono
    `,
    '0.5': `
      ciao sono, e, lo, non
    `,
    '0.4': `
      <s> il, banca, benvenuto, chiamato, dica, messaggio, nel servizio, non e, un messaggio
    `,
    '0.3': `
      <s> la, <s> salve, a, aiutarla, alla, avete, avete chiamato, benvenuti alla, buongiorno avete, chiamata, e non,
      grazie per, l'assistente, la, luca, messaggio </s>, rispondere, salve, siamo, siamo in, sono l'assistente,
      sono luca, una
    `,
    '0.2': `
      <s> qui, anna, anna e, benvenuti nel, chi, ciao qui, da lei, davide, del dottor, domani, domani </s>, dottor,
      grazie, il numero, lasciami, lasciami un, lo studio, persona, persona chiamata, questa, servizio, sono davide,
      stato, studio
    `,
    '0.1': `
      <s> risponde, <s> sono, al momento, aver, aver chiamato, buongiorno risponde, chi parla, chiamata e,
      chiamata non, chiamato casa, chiamato la, cliente, cliente da, clienti di, come, cosa si, della, della persona,
      dentistico, dopo il, e chiuso, e di, e inesistente, e vi, elena, filtro, i, il cliente, il telefono,
      inesistente, la persona, lascia, lascia un, lasciate, lasciate un, lei, messaggio e, momento non,
      numero selezionato, per aver, posso rispondere, risponde la, salve sono, se, selezionato, selezionato e, simone,
      sono elena, spento, studio dentistico, telefono, telefono della, un filtro, vi
    `,
    '-0.1': `
      <s> studio, <s> un, al, assistenza, auto, buonasera sono, buongiorno </s>, buongiorno sono, chiamate, del,
      di cosa, io, lasciare, medico, nel, pronto, qui, ristorante, san, solo, un secondo, veloci
    `,
    '-0.2': `
      attimo, buon, buon pomeriggio, c, c e, che esco, chiuso, comune, comune di, di, di valle, esco, esco qui,
      favore, favore </s>, le, paolo, per favore, pomeriggio, puo, secondo, sente, un attimo, valle
    `,
    '-0.3': `
      <s> buongiorno, <s> ristorante, buonasera, da gino, gino, gino buonasera, ha, momento, ristorante da
    `,
    '-0.4': `
      dimmi, dimmi </s>, gia, in questo, parla, parlare, posso parlare, questo momento, segreteria, sto, vuole
    `,
    '-0.5': `
      assicurazioni, che, guidando, non posso, posso, sto guidando
    `,
    '-0.6': `
      casa, in casa, mi, richiamo
    `,
    '-0.8': `
      adesso, in, richiami
    `,
    '-0.9': `
      <s> non, buongiorno
    `,
    '-1.2': `
      <s> segreteria
    `,
  },
  screening: {
    '0.7': `
      <s> salve, l'assistente, salve, sono l'assistente
    `,
    '0.6': `
      chi, cosa, e, sono
    `,
    '0.5': `
      ci, la, piu, si
    `,
    '0.4': `
      <s> ciao, <s> grazie, ciao, come, numero, se
    `,
    '0.3': `
      <s> benvenuto, <s> buonasera, chi parla, ci sono, cosa fare, cosa si, dica, e di, fare, il, non ci, questa,
      questo, salve sono
    `,
    '0.2': `
      <s> benvenuti, <s> la, banca, benvenuti, buonasera sono, chiamata, ciao sono, di, di cosa, filtro, la persona,
      la segreteria, lo, messaggio, nel servizio, non e, per, persona, un filtro, un messaggio
    `,
    '0.1': `
      <s> il, a, aiutarla, alla, anna, anna e, avete, avete chiamato, benvenuti alla, benvenuti nel, benvenuto,
      buongiorno avete, che sta, chiamando, chiamate, chiamato, ciao qui, da lei, davide, del dottor, dentistico,
      domani, domani </s>, dottor, e non, elena, ha, il numero, il suo, lascia, lascia un, lasciami, lasciami un,
      lo studio, luca, messaggio </s>, mi, nome, nome e, persona che, persona mi, posso rispondere, risponde la,
      rispondere, siamo, siamo in, solo, sono davide, sono elena, sono luca, sta, sta chiamando, stato,
      studio dentistico, suo, suo nome, un, una, vi
    `,
    '-0.1': `
      al, assistenza, auto, buon, buon pomeriggio, buongiorno </s>, buongiorno sono, c, c e, chiuso, clienti, comune,
      comune di, del, di valle, favore, favore </s>, lasciare, paolo, parla, per favore, pomeriggio, puo, ristorante,
      san, secondo, servizio clienti, valle, veloci
    `,
    '-0.2': `
      <s> ristorante, attimo, che esco, da gino, dimmi, dimmi </s>, esco, esco qui, gia, gino, gino buonasera, le,
      nel, parlare, posso parlare, qui, ristorante da, sente, un attimo
    `,
    '-0.3': `
      assicurazioni, che, guidando, in casa, in questo, momento, non posso, posso, questo momento, richiamo,
      segreteria, sto, sto guidando, vuole
    `,
    '-0.4': `
      adesso, buongiorno, casa, richiami
    `,
    '-0.5': `
      <s> non
    `,
    '-0.6': `
      in
    `,
    '-0.7': `
      <s> segreteria
    `,
  },
};
