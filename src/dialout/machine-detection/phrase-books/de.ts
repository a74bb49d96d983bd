import type { PhraseBook } from '../phrases.ts';

export const DE: PhraseBook = {
  voicemail: `
    hinterlass*
    nachricht*
    nach dem ton/signal*/piep*/beep*
    signalton
    piepton
    mailbox
    mobilbox
    voicemail
    anrufbeantworter*
    sprachbox
    sprachspeicher
    nicht ... erreichbar/erreichen/personlich/entgegennehmen/annehmen
    nicht ans telefon
    nicht am platz
    nicht am apparat
    nicht da
    nicht zu hause
    unterwegs
    im urlaub
    ausser haus
    rufe/rufen/ruf ... zuruck
    zuruckrufen
    ruckruf
    melde mich
    melden wir/uns
    niemand ... hause/erreichbar/da
    ist ... geschlossen
    nicht besetzt
    ausserhalb ... zeiten/geschaftszeiten/offnungszeiten/burozeiten
    geschaftszeiten
    offnungszeiten
    burozeiten
    sprechzeiten
    spater ... einmal
    versuchen sie es
    in dringenden fallen
    im notfall
    ihr wisst
    du weisst
    piep
  `,
  unreachable: `
    kein anschluss
    nicht vergeben
    rufnummer ist
    nicht bekannt
    gewahlte nummer/rufnummer
    ausgeschaltet
    voruber* nicht
  `,
  menu: `
    drucken sie
    wahlen sie
    druck* ... eins/zwei/drei/1/2/3
    die eins/zwei/drei
    um ... geduld
    nachste freie
    freien mitarbeiter/platz
    aufgezeichnet
    aufzeichn*
    bei/fur fragen
    fur informationen
    bei einer
    alle ... besetzt
    qualitat*
    nennen sie ... kundennummer/anliegen
    ihr anruf ist wichtig/uns
    ihr anruf wird
  `,
  screening: `
    ihren namen und
    grund ihres anrufs
    nennen sie ... namen
    filter fur
    anruf gefiltert
    warum sie anrufen
    weshalb sie anrufen
    google
    siri
    assistent*
    wer anruft
    wer sie sind
    digitale*
    virtuelle*
    sagen sie ... wer
    wie ist ihr name
  `,
  human: `
    kann/darf/konnen ich/wir ... helfen/weiterhelfen/tun
    wie kann/darf ich
    was kann/darf ich
    was konnen wir
    wer spricht/ist
    mit wem
    um was geht
    worum geht
    ja bitte
    hallo ja
    hallo hallo
    einen moment
    was gibt's
  `,
  agent: `
    mein name ist
    sie sprechen mit
    am apparat
    am telefon
    du sprichst mit
    ich bin
    sprechen mit
  `,
  reached: `
    den anschluss
    sie haben ... gewahlt/erreicht/angerufen
    sie sind verbunden
    verbunden mit
    die nummer
    gesprachspartner
    person die sie
    teilnehmer*
    der angerufene
    hier ist/spricht ... automat*/anschluss
    leider
    vielen dank fur ihren anruf
    danke fur ihren anruf
  `,
  company: `
    willkommen
    guten morgen/tag/abend
    schonen guten
    gruss gott
    sie bei
    service
    zentrale
    abteilung
    kundendienst
    kanzlei
    praxis
  `,
};
