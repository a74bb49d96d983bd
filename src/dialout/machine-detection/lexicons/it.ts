import type { Lexicon } from '../lexicon.ts';

export const IT: Lexicon = {
  machine: {
    4: `
      lasciate un messaggio, lascia un messaggio, lasci un messaggio, lasciare un messaggio, un messaggio, il vostro messaggio, dopo il segnale, dopo il bip, dopo il tono,
      segnale acustico, segreteria, segreteria telefonica, casella vocale, vi richiamo, ti richiamo, vi richiameremo, ti richiamero, richiameremo, sarete richiamati,
      non e disponibile, non sono disponibile, non e raggiungibile, non raggiungibile, al momento non, in questo momento non, non posso rispondere, non possiamo rispondere,
      non siamo in casa, non sono in casa, spento, inesistente, non e attivo, premere, prema, premi, digiti, digitare, selezioni, tutti gli operatori, nostri operatori, potrebbe essere registrata, sara registrata, richiamare piu tardi, riprovi piu tardi, riprovare, uffici sono chiusi, siamo chiusi,
      e chiuso, e chiusa, orari di apertura, i nostri orari, nostro orario, appena possibile, prima possibile, sapete cosa
    `,
    3: `
      messaggio, messaggi, segnale, bip, utente, cliente da lei, il cliente, ferie, vacanza, chiusi, chiuso, chiusa, chiusura, orari, orario, dal lunedi, al venerdi, qualita, registrata, registrato,
      opzione, opzioni, menu, tasto, asterisco, cancelletto, interno, trasferita, inoltrata, se desidera, se vuole, se conosce, se ha, se e, se siete, per informazioni, per parlare,
      per assistenza, per le, per la, per il, per prenotare, per altre, per tutte, urgenza, urgenze, emergenza, sito, email, una mail, www, dormo, occupati, attesa, in attesa, operatore
    `,
    2: `
      avete chiamato, hai chiamato, ha chiamato, risponde la, telefono, in questo momento, al momento, momentaneamente, attualmente, non posso, non possiamo, non sono, non siamo, non ci,
      non, lasciate, lascia, lasci, lunedi, martedi, mercoledi, giovedi, venerdi, sabato, domenica, domani, piu tardi, arrivederci, grazie per la chiamata, la chiamata, la sua chiamata, la vostra,
      spiacenti, ci dispiace, mi dispiace, fino a, a partire, chiamami, richiamami, torno
    `,
    1: `numero, cliente, per favore, prego, nome e, il vostro nome, il suo nome, nostri, nostro, nostra, oppure, altrimenti, potete, in linea, attendere`,
  },
  person: {
    4: `
      come posso aiutar, come posso, come possiamo, in cosa posso, posso aiutarla, aiutarla, esserle utile, esserle, che cosa desidera, cosa desidera, chi parla, chi e, con chi, chi la desidera,
      mi dica, pronto pronto, un attimo, un momento, un secondo, mi puo, mi potrebbe, puo dirmi, qual e il suo codice, di cosa ha
    `,
    3: `aiutare, le risponde, mi chiamo, il mio nome, parla con, sono io, al telefono, al suo servizio, a sua disposizione, chi, cosa, quale, qual e`,
    2: `dica, pronto, si, buongiorno, buonasera, buon pomeriggio, salve, ciao, sono, signora, signor, centralino, reception, attenda`,
    1: `qui`,
  },
  screening: {
    4: `
      motivo della chiamata, motivo della sua, ragione della chiamata, perche chiama, perche sta chiamando, il suo nome e il motivo, chi e e, assistente, assistente virtuale, google, siri,
      filtro, filtro chiamate, se questa persona, se puo rispondere, la persona che sta chiamando, per quale motivo
    `,
    3: `motivo, ragione, dica il suo nome, mi dica il suo nome, si identifichi, virtuale, digitale, per conto di`,
    2: `persona, perche`,
    1: `nome`,
  },
};
