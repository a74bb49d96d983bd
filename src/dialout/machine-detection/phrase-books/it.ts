import type { PhraseBook } from '../phrases.ts';

export const IT: PhraseBook = {
  voicemail: `
    messaggio
    messaggi
    lasc* ... nome/numero/recapito
    dopo il segnale/bip/tono/beep
    segnale acustico
    bip
    segreteria
    casella vocale
    non ... disponibile/disponibili/raggiungibile/reperibile
    non posso/possiamo/puo ... risponder*
    non sono/siamo/e ... casa/ufficio/qui
    vi/ti/la richiam*
    richiamer*
    richiamo
    ricontatt*
    sarete richiamati
    i nostri uffici
    uffici ... chius*
    siamo/sono chius*
    orari
    orario
    in ferie
    in vacanza
    fuori ufficio
    riprova*
    richiamare piu tardi
    per le urgenze
    in caso di urgenza/emergenza
    sapete/sai cosa
  `,
  unreachable: `
    numero selezionato
    numero da lei
    inesistente
    non e attivo
    spento
    cliente da lei
    utente
    non raggiungibile
  `,
  menu: `
    premere
    prema
    premi
    selezion*
    il tasto
    operatori
    nostri consulenti
    registrata
    registrate
    qualita
    la sua chiamata
    per informazioni/parlare/assistenza/conoscere/segnalare/la/il/tutte
    interno
    digiti/digita/digitare/digitate
  `,
  screening: `
    il suo/tuo nome e
    chi e e
    motivo della
    perche chiama
    filtro chiamate
    filtro
    google
    siri
    assistente
    virtuale
    digitale
    qual e il suo nome
  `,
  human: `
    come posso/possiamo
    posso/possiamo ... aiutar*/esserle
    in cosa posso
    che cosa posso
    chi parla
    chi e
    con chi
    mi dica
    dica
    pronto pronto
    desidera
    un attimo
    un momento
  `,
  agent: `
    le risponde
    il mio nome
    mi chiamo
    sono
    parla con
    al telefono
    parlando con
    al suo servizio
    qui e
  `,
  reached: `
    avete/hai/ha chiamato
    questo/questa e il/la
    il numero
    persona chiamata
    siete in/collegati
    risponde la segreteria
    spiacenti
    ci dispiace
    grazie per la chiamata
    grazie per aver telefonato
  `,
  company: `
    buongiorno
    buonasera
    buon pomeriggio
    benvenut*
    grazie per aver chiamato
    servizio clienti
    servizio
    buongiorno e
    buonasera e
    centralino
    studio
    azienda
    ufficio
    agenzia
  `,
};
