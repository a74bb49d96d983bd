import type { Lexicon } from '../lexicon.ts';

export const DE: Lexicon = {
  machine: {
    4: `
      nach dem ton, nach dem signalton, nach dem piepton, nach dem piep, nach dem beep, eine nachricht, ihre nachricht, nachricht hinterlassen,
      mailbox, anrufbeantworter, sprachbox, sprachnachricht, hinterlassen sie, hinterlasst, hinterlass, rufe zuruck, rufen zuruck, rufen sie zuruck,
      ruf zuruck, nicht erreichbar, nicht zu erreichen, zur zeit nicht, derzeit nicht, nicht verfugbar, kein anschluss, nicht vergeben,
      nicht entgegennehmen, nicht ans telefon, nicht personlich, nicht zu hause, ausserhalb unserer, unsere offnungszeiten, unserer offnungszeiten,
      unserer geschaftszeiten, unsere sprechzeiten, drucken sie, wahlen sie bitte, die eins, die zwei, die drei, aufgezeichnet,
      nachste freie, freie mitarbeiter, alle mitarbeiter, haben sie geduld, um etwas geduld,
      spater noch einmal, spater wieder, versuchen sie es, buro ist geschlossen, praxis ist geschlossen, ist geschlossen, haben geschlossen,
      melden uns, melde mich, zuruckrufen, niemand da, niemand zu hause, ausser haus, zu schulungszwecken, zu trainingszwecken, qualitatssicherung
    `,
    3: `
      nachricht, nachrichten, ton, piepton, signalton, piep, teilnehmer, rufnummer, gewahlte, gewunschte, unterwegs, urlaub, geschlossen,
      offnungszeiten, sprechzeiten, geschaftszeiten, burozeiten, montag bis freitag, von montag, werktags, taste, menu, anliegen,
      automatisch, automatische, automatischen, ansage, band, besetzt, ausgeschaltet, vorubergehend, nicht da, nicht am platz, weitergeleitet,
      umgeleitet, warteschleife, im notfall, dringenden fallen, in dringenden, auf unserer webseite, unsere webseite, im internet, per mail, e mail, www,
      wenn sie, falls sie, fur fragen, fur informationen, bei fragen, sprechen sie, sagen sie, sprich mir, so bald wie, so schnell wie, sobald wie, schnellstmoglich
    `,
    2: `
      anschluss, verbunden, erreicht, leider, momentan, im moment, zur zeit, derzeit, gerade, grad, nicht, niemand, zuruck, hinterlassen, namen und,
      ihren namen, ihre nummer, ihre rufnummer, uhr, montag, dienstag, mittwoch, donnerstag, freitag, samstag, sonntag, wieder, ab dem, bis zum, morgen wieder,
      anruf wird, ihr anruf, ihren anruf, vielen dank fur ihren, rufen sie, spater, auf wiederhoren, tschuss, nummer, vertretung, notdienst, arztlicher
    `,
    1: `bitte, dann, und wir, wir sind, ich bin, kann ich, nur, sonst, andernfalls, informationen, fragen, service, hier ist, bitte warten, in der leitung, am apparat bleiben`,
  },
  person: {
    4: `
      was kann ich, wie kann ich, womit kann ich, kann ich ihnen, kann ich helfen, wie darf ich, was darf, wer spricht, wer ist da, wer ist dran, mit wem,
      worum geht, um was geht, wen mochten sie, zu wem, sie wunschen, was gibt, darf ich ihren namen, darf ich fragen, horen sie mich, einen moment,
      einen augenblick, moment bitte, augenblick bitte
    `,
    3: `helfen, mein name ist, sie sprechen mit, spricht mit, sprechen mit, am apparat, am telefon, fur sie tun, ja bitte, ja hallo, hallo ja, wer, wen, was`,
    2: `guten tag, guten morgen, guten abend, gruss gott, moin, servus, ja, hallo, wie, worum, frau, herr, zentrale, empfang, bleiben sie, dran, ich verbinde`,
    1: `tag, morgen, abend, hier`,
  },
  screening: {
    4: `
      grund ihres anrufs, grund fur ihren anruf, grund des anrufs, weshalb sie anrufen, warum sie anrufen, wer sie sind, wer anruft,
      ihren namen und den grund, namen und grund, assistent, assistentin, assistenten, google, siri, anruffilter, filter, anruf gefiltert, ob die person, ob diese person,
      verbinde sie, stelle sie durch, durchstellen
    `,
    3: `grund, nennen sie ihren namen, sagen sie ihren namen, wie ist ihr name, digitale, virtuelle, im auftrag`,
    2: `weshalb, warum, person, namen nennen, leite`,
    1: `name, namen`,
  },
};
