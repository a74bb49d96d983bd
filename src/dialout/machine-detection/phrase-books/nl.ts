import type { PhraseBook } from '../phrases.ts';

export const NL: PhraseBook = {
  voicemail: `
    bericht*
    boodschap
    inspreken
    spreek* ... in
    na de toon/piep/pieptoon/bel
    pieptoon
    voicemail
    antwoordapparaat
    niet ... bereikbaar/aanwezig/beschikbaar/opnemen/aannemen/thuis/beantwoorden
    er ... niet
    telefoon niet
    bel/bellen ... terug
    terugbellen
    neem/nemen ... contact
    gesloten
    openingstijden
    kantooruren
    met vakantie
    op vakantie
    afwezig
    probeer het
    later nog
    bij spoed
    laat/laten ... naam/nummer/telefoonnummer
    uw/je gegevens
    je/u weet wat
    piep
  `,
  unreachable: `
    niet in gebruik
    niet aangesloten
    nummer is
    controleer het
    uitgeschakeld
    gekozen nummer
    kan niet worden
  `,
  menu: `
    toets
    kies
    druk
    een ogenblik
    ogenblik geduld
    onze medewerkers
    in gesprek
    wachtenden
    opgenomen
    kwaliteit
    trainingsdoeleinden
    uw gesprek
    voor vragen/informatie/een/het/overige/alle
    keuzemenu
    doorkiesnummer
  `,
  screening: `
    uw/je naam en
    wie u/bent
    reden van
    waarom u/je belt
    ik beantwoord dit
    google
    siri
    assistent*
    virtuele
    digitale
    filter voor
  `,
  human: `
    waarmee kan
    waar kan
    kan ik u/je
    hoe kan
    wat kan ik
    met wie
    wie is
    wie spreek
    zegt u
    zeg het
    hallo hallo
    een momentje
    van dienst
  `,
  agent: `
    u spreekt met
    spreekt met
    spreekt u met
    mijn naam is
    aan het woord
    aan de telefoon
    je spreekt met
    aan de lijn met
  `,
  reached: `
    verbonden met
    u heeft/hebt gebeld
    dit is het/de
    persoon die
    de abonnee
    doorverbonden
    op dit moment
    helaas
    bedankt voor uw telefoontje
  `,
  company: `
    welkom
    bedankt voor het bellen
    dank u voor
    fijn dat
    goedemorgen
    goedemiddag
    goedenavond
    klantenservice
    receptie
    praktijk
    afdeling
    kantoor van
    dienst
  `,
};
