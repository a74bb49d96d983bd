import type { Lexicon } from '../lexicon.ts';

export const NL: Lexicon = {
  machine: {
    4: `
      na de toon, na de piep, na de pieptoon, na het signaal, een bericht, uw bericht, bericht achter, boodschap, voicemail, antwoordapparaat, spreek in, inspreken, bel je terug, bel ik je terug, bellen wij u,
      bel u terug, terugbellen, terugbel, niet bereikbaar, niet beschikbaar, niet aanwezig, niet opnemen, niet aannemen, niet thuis, niet te woord, niet in gebruik, niet aangesloten, uitgeschakeld,
      toets, toets een, kies een, druk op, kies uit, opgenomen worden, worden opgenomen, trainingsdoeleinden, onze medewerkers, al onze, in gesprek, een ogenblik geduld, probeer het later,
      later nog eens, later opnieuw, is gesloten, zijn gesloten, wij gesloten, openingstijden, onze openingstijden, kantooruren, buiten kantooruren, zo snel mogelijk, zo spoedig mogelijk, neem contact met u, contact met u op,
      laat uw naam, laat je naam
    `,
    3: `
      bericht, berichten, pieptoon, toon, piep, abonnee, vakantie, gesloten, geopend, maandag tot, van maandag, tot en met, kwaliteit, opgenomen, keuze, keuzemenu, menu, sterretje, hekje, doorkiesnummer,
      doorgeschakeld, doorverbonden met, als u, indien u, voor vragen, voor informatie, voor overige, voor een, voor het, voor uw, voor alle, zeg dan, spoed, bij spoed, noodgeval, website, mail, www, wachtrij, wachttijd,
      wachtenden, medewerker
    `,
    2: `
      verbonden met, u heeft gebeld, nummer, telefoonnummer, op dit moment, momenteel, even niet, nu niet, kan niet, kunnen niet, niet, laat, achter, maandag, dinsdag, woensdag, donderdag, vrijdag, zaterdag, zondag, morgen,
      later, tot ziens, dag, bedankt voor uw, uw gesprek, uw telefoontje, helaas, sorry, vanaf, terug, bel, degene die u, persoon die u
    `,
    1: `heeft u, wilt u, bent u, alstublieft, dan, wij zijn, ik ben, onze, ons, of, uw naam, je naam, blijf aan`,
  },
  person: {
    4: `
      waarmee kan ik, waar kan ik, kan ik u helpen, kan ik u, kan ik je, hoe kan ik, wat kan ik, van dienst, met wie, wie is dit, wie spreek ik, wie is daar, zegt u het, zeg het maar, een momentje, moment hoor, moment graag,
      mag ik, kunt u mij, wilt u mij, wat wilt, waar gaat het, waarover gaat, ogenblikje
    `,
    3: `helpen, u spreekt met, je spreekt met, spreekt met, mijn naam is, aan de telefoon, aan het woord, wie, wat, welk, welke, hallo hallo, ja hallo`,
    2: `ja, hallo, hoi, goedemorgen, goedemiddag, goedenavond, goedendag, met, meneer, mevrouw, receptie, balie, aan de lijn`,
    1: `hier, spreek`,
  },
  screening: {
    4: `
      reden van uw, reden van je, reden van het, waarom u belt, waarom je belt, wie u bent, wie je bent, uw naam en de, naam en reden, assistent, google, siri, filter, gefilterd, of deze persoon, verbind u door
    `,
    3: `reden, uw naam en, zeg uw naam, noem uw naam, digitale, virtuele, namens`,
    2: `waarom, persoon`,
    1: `naam`,
  },
};
