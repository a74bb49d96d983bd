import type { WordingBook } from '../wordings.ts';

export const D: WordingBook = {
  en: {
    hello: ['Yeah?', "What's up?", 'Hello, good evening.', 'Hey.', 'Yes, speaking?'],
    name: ['Thompson here.', 'Hi, Olivia Reed.', 'This is Frank.'],
    company: [
      'Harper and Cole, Diane speaking.',
      'Good afternoon, Lakeview Hotel.',
      'Quick Tyres, this is Matt, what do you need?',
      'Doctor Young’s surgery, please hold on a second.',
    ],
    business: [
      'Hello and thank you for calling Sunrise Solar, you have come through to Patricia in the sales team, are you calling about an existing order?',
      'Good morning, Westbrook Community Library, this is the information desk, Kevin here, which book are you looking for?',
    ],
    shortMachine: [
      "Hey, it's Nick, you've reached my cell, do your thing.",
      "Hello, we can't come to the phone, leave a message.",
      'Emma Stone, please leave a message at the beep with your name.',
      "Hi, I'm probably asleep. Call me tomorrow.",
    ],
    longMachine: [
      "Hello, this is Mark Fields from Coastal Realty. I'm showing a house right now and will not be able to answer. Leave your name, your number, and the property you are interested in, and I'll be in touch by the end of the day.",
      "Hi, Mommy and Daddy aren't here, and I am not allowed to open the door. If you say something after the beep, they will hear it when they come home.",
      'Thank you for calling Bennett Law. Our office is open Monday through Friday from nine to five. To reach us outside of those hours, please leave a voicemail, and somebody from our team will respond on the next working day.',
    ],
    carrier: [
      'Hello. The person you are calling is not available to take your call. Please leave your message after the beep.',
      'Welcome to Verizon Wireless. The customer you are trying to call is not accepting calls at this time. Please try your call later.',
      'Please leave your message for, six one seven, five five five, zero one four two.',
    ],
    menu: [
      'Welcome to Northwest Energy. To report a power outage, press one now. To pay your bill, press two. For all other questions, stay on the line.',
      'Good day, and thank you for contacting Evergreen Bank. Please enter your sixteen digit card number, followed by the pound sign.',
    ],
    screening: [
      'Hi, this is an automatic call screener. Tell me who you are and why you are calling, and I will pass it on.',
      "Hello, I'm the virtual secretary of the person you called. May I have your name, please, and what this is about?",
    ],
  },
  de: {
    hello: ['Hallöchen.', 'Ja, guten Abend?', 'Servus.'],
    name: ['Ja, Lange?', 'Anja Scholz, hallo.'],
    company: ['Reisebüro Sonnenklar, Sie sprechen mit Frau Otto.', 'Hausverwaltung Krüger, schönen guten Tag.'],
    business: [
      'Herzlich willkommen bei der Energieberatung Südwest, Sie sind verbunden mit Markus Pohl aus dem Kundendienst, worum geht es denn bei Ihnen?',
    ],
    shortMachine: [
      'Hier ist Lena, ich bin grad unterwegs, sprich mir was drauf.',
      'Kein Mensch da, nur die Maschine. Bis später.',
    ],
    longMachine: [
      'Willkommen in der Zahnarztpraxis Doktor Seidel. Unsere Praxis ist wegen Urlaub bis zum achten August geschlossen. Die Vertretung übernimmt die Praxis Doktor Wolff. Ab dem neunten August sind wir wieder für Sie da.',
    ],
    carrier: ['Die von Ihnen gewählte Rufnummer ist im Moment leider nicht besetzt. Sprechen Sie nach dem Ton.'],
    menu: [
      'Herzlich willkommen beim Versandhaus Bergmann. Wenn Sie etwas bestellen möchten, sagen Sie Bestellung. Wenn Sie etwas zurückgeben möchten, sagen Sie Rückgabe.',
    ],
    screening: [
      'Guten Tag, hier ist der digitale Assistent von Herrn Maier. Wie ist Ihr Name, und was ist der Grund Ihres Anrufs?',
    ],
  },
  fr: {
    hello: ['Allô, j’écoute.', 'Salut.'],
    name: ['Oui, Bernard à l’appareil.'],
    company: ['Auto-école du Parc, bonjour, Sandrine.', 'Agence Lumière, que puis-je faire pour vous?'],
    business: [
      'Bonjour, vous êtes bien au standard de la clinique Saint-Paul, Mathilde à l’appareil, vous souhaitez prendre rendez-vous avec quel médecin?',
    ],
    shortMachine: [
      'C’est Hugo, je dors. Rappelle plus tard.',
      'Bonjour, je suis absente, merci de me laisser un petit mot.',
    ],
    longMachine: [
      'Bonjour, et merci d’avoir appelé le garage Fontaine. Nous sommes actuellement fermés pour nos congés annuels, jusqu’au lundi vingt août. Vous pouvez nous écrire par mail, nous vous répondrons à notre retour.',
    ],
    carrier: [
      'Votre appel est transféré vers une boîte vocale. La personne au bout du fil n’est pas disponible. Enregistrez votre message après le bip.',
    ],
    menu: [
      'Bienvenue chez Mutuelle Santé Plus. Pour vos remboursements, faites le un. Pour une adhésion, faites le deux. Pour réécouter ce menu, faites étoile.',
    ],
    screening: ['Bonjour, ici l’assistant vocal de votre correspondant. Dites-moi votre nom et le but de votre appel.'],
  },
  es: {
    hello: ['¿Sí, hola?', '¿Quién habla?', 'Muy buenas.'],
    name: ['Hola, Patricia.'],
    company: ['Peluquería Estilo, le habla Carmen.', 'Gestoría Molina, buenas tardes.'],
    business: [
      'Hola, buenos días, está usted hablando con Gabriel, del servicio técnico de Electro Hogar, ¿me puede decir qué aparato se le ha estropeado?',
    ],
    shortMachine: [
      'Soy Dani, estoy durmiendo, llámame mañana.',
      'Hola, ahora no puedo hablar. Deja un mensaje y te llamo.',
    ],
    longMachine: [
      'Gracias por llamar a la inmobiliaria Costa Azul. Nuestra oficina permanecerá cerrada del uno al quince de agosto por vacaciones. Para cualquier consulta, escríbanos un correo electrónico, y le responderemos lo antes posible.',
    ],
    carrier: [
      'Le atiende el contestador automático de este número. En este momento no podemos coger su llamada. Hable después de oír la señal.',
    ],
    menu: [
      'Bienvenido a Seguros Atlántico. Si ha tenido un accidente, pulse uno. Si quiere contratar una póliza, pulse dos. Para cualquier otra consulta, espere.',
    ],
    screening: ['Buenas, soy el asistente virtual de este teléfono. ¿Quién llama, y cuál es el motivo?'],
  },
  it: {
    hello: ['Sì, buongiorno?', 'Ehi, ciao.'],
    name: ['Ciao, sono Simone.'],
    company: ['Agenzia Viaggi Luna, sono Silvia.', 'Autoscuola Roma, buon pomeriggio, dica.'],
    business: [
      'Buongiorno, qui è il servizio assistenza di Casa Elettrica, mi chiamo Giorgio, mi può descrivere qual è il problema con il suo apparecchio?',
    ],
    shortMachine: ['Sono Nico, dormo. Chiamami domani.', 'Ciao, non ci sono. Lascia un messaggio.'],
    longMachine: [
      'Grazie per aver chiamato il ristorante La Pergola. Siamo chiusi per ferie dal primo al venti agosto. Per prenotare un tavolo può scriverci una mail, oppure visitare il nostro sito. A presto.',
    ],
    carrier: [
      'Informazione gratuita. Il cliente chiamato ha il telefono occupato o spento. La preghiamo di riprovare.',
    ],
    menu: [
      'Benvenuti nel servizio clienti di Auto Sicura. Se ha avuto un incidente, dica incidente. Se desidera un preventivo, dica preventivo.',
    ],
    screening: [
      'Buonasera, sono l’assistente digitale di chi ha chiamato. Qual è il suo nome, e per quale motivo telefona?',
    ],
  },
  pt: {
    hello: ['Oi, pode falar.', 'Boa tarde?'],
    name: ['Sim, é o Paulo.'],
    company: ['Cabeleireiro Bela, fala a Joana.', 'Oficina Moderna, boa tarde, diga.'],
    business: [
      'Bom dia, está a falar com a Catarina, do serviço técnico da Casa Elétrica, pode dizer-me por favor qual é o aparelho que está avariado?',
    ],
    shortMachine: [
      'É o Leo, estou a dormir, liga amanhã.',
      'Olá, não posso falar agora. Deixa mensagem que eu já ligo.',
    ],
    longMachine: [
      'Obrigado por ligar para a imobiliária Sol Nascente. O nosso escritório está fechado para férias, de um a quinze de agosto. Para qualquer assunto envie-nos um email, e responderemos logo que possível.',
    ],
    carrier: ['A pessoa para quem está a ligar não atende. Depois do sinal, grave a sua mensagem.'],
    menu: [
      'Bem-vindo aos Seguros Atlântico. Se teve um acidente, prima um. Se quer um seguro novo, prima dois. Para outros assuntos, aguarde.',
    ],
    screening: ['Boa tarde, sou o assistente virtual deste número. Quem fala, e qual é o motivo da chamada?'],
  },
  nl: {
    hello: ['Ja, goedemiddag?', 'Hé hallo.'],
    name: ['Hallo, Wim hier.'],
    company: ['Kapsalon Mooi, je spreekt met Kim.', 'Rijschool Veilig, goedemiddag, zeg het maar.'],
    business: [
      'Goedendag, u spreekt met de technische dienst van Witgoed Zuid, mijn naam is Ruben, kunt u mij vertellen welk apparaat er kapot is?',
    ],
    shortMachine: ['Met Bram, ik lig in bed, bel morgen maar.', 'Hoi, ik kan nu niet praten. Laat een bericht achter.'],
    longMachine: [
      'Bedankt voor het bellen naar makelaardij Zonzicht. Ons kantoor is gesloten van een tot en met vijftien augustus in verband met vakantie. Stuur ons een mail, dan antwoorden wij zo snel mogelijk.',
    ],
    carrier: ['Degene die u probeert te bereiken is er op dit moment niet. Na de piep kunt u een boodschap inspreken.'],
    menu: [
      'Welkom bij Autoverzekering Direct. Heeft u schade gereden, zeg dan schade. Wilt u een premie berekenen, zeg dan premie. Voor iets anders, blijf aan de lijn.',
    ],
    screening: ['Goedendag, dit is de digitale assistent van deze telefoon. Met wie spreek ik, en waarover gaat het?'],
  },
};
