import type { WordingBook } from '../wordings.ts';

export const E: WordingBook = {
  en: {
    hello: ['Hello, hi.', 'Hi there?', 'Yes please?', 'Good day.', 'Hello, can I help you?'],
    name: ['Hello, Collins speaking.', 'Hi, this is Grace.', 'Robert Lane.'],
    company: [
      'Good morning, Fairview School, Mrs Adams.',
      'Hello, Star Pizza, what can I get you?',
      'Meyer Electrical, how can we help?',
      "Thanks for calling Joe's Garage, this is Joe.",
    ],
    business: [
      'Good afternoon, thank you for calling Central Heating Services, my name is Rebecca, could I take your customer number please?',
      'Welcome to Kingston Car Hire, this is Philip speaking, how can I make your day a little better?',
    ],
    shortMachine: [
      'Mike Dawson here. Please leave a message at the beep.',
      'Hi, this is Karen. Sorry I missed you, leave me a message.',
      "You've reached Bill and Joan. Talk after the tone.",
      'Hello, I am not able to come to the phone. Please call back.',
    ],
    longMachine: [
      'Hi, you have reached Angela Brooks. I am in a meeting or on another call at the moment. Please leave your name and number along with a short message, and I will get back to you as soon as possible. Have a great day.',
      'Thank you for calling Hillside Florist. We are currently closed. Our office hours are nine to five, Monday to Friday. If you would like to leave a message, please do so after the tone.',
      "Hello, this is Eric. I'm away from my phone right now, so please leave a detailed message with the best time to call you back, and I'll return your call when I'm available.",
    ],
    carrier: [
      'The person you are trying to reach is currently unavailable. Please leave a message, and they will respond as soon as possible.',
      "I'm sorry, but there is no answer at that extension. To leave a voice mail message, stay on the line.",
      'The number you have called is not available at the moment. Please leave your message after the tone.',
    ],
    menu: [
      'Thank you for calling Van Dyke and Associates. If you know the extension you wish to dial, please dial it now. Otherwise, please hold for an operator.',
      'Welcome to the Metro Transit information line. For schedules, press one. For lost property, press two. To repeat these options, press nine.',
    ],
    screening: [
      'Hi, the person you are calling is screening their calls. Please say your name and why you are calling.',
      "Hello. This is Google Assistant. Please tell me who's calling and the reason for your call.",
    ],
  },
  de: {
    hello: ['Hallo, guten Tag?', 'Ja, bitte sehr?', 'Jawohl?'],
    name: ['Weber.', 'Guten Tag, Sommer.'],
    company: ['Elektro Schmitt, guten Tag, Frau Lorenz.', 'Blumenhaus Rose, was kann ich für Sie tun?'],
    business: [
      'Guten Tag, Sie sprechen mit dem Kundenservice der Sparkasse Nordheim, mein Name ist Peter Albrecht, wie kann ich Ihnen behilflich sein?',
    ],
    shortMachine: [
      'Hallo, hier ist Markus. Ich bin gerade nicht erreichbar, bitte Nachricht hinterlassen.',
      'Hier ist die Mailbox von Sabine Frank. Bitte sprechen.',
    ],
    longMachine: [
      'Guten Tag, dies ist der Anrufbeantworter von Familie Hartmann. Leider sind wir im Moment nicht zu Hause. Bitte hinterlassen Sie uns nach dem Piepton eine Nachricht, wir rufen Sie so schnell wie möglich zurück.',
    ],
    carrier: [
      'Die gewünschte Person ist derzeit nicht zu erreichen. Bitte hinterlassen Sie eine Nachricht nach dem Signalton.',
    ],
    menu: [
      'Willkommen bei der Krankenkasse Mitte. Bitte wählen Sie aus folgenden Möglichkeiten. Für Fragen zu Ihrer Mitgliedschaft drücken Sie die Eins.',
    ],
    screening: [
      'Hallo, diese Person verwendet einen Filter für Anrufe. Bitte sagen Sie Ihren Namen und warum Sie anrufen.',
    ],
  },
  fr: {
    hello: ['Bonjour, oui?', 'Allô, qui est-ce?'],
    name: ['Bonjour, c’est Camille.'],
    company: ['Restaurant Le Jardin, bonjour.', 'Plomberie Roux, bonjour, je vous écoute.'],
    business: [
      'Bonjour, service réservations de Voyages Horizon, Nicolas à votre écoute, quel est le nom de votre dossier s’il vous plaît?',
    ],
    shortMachine: [
      'Bonjour, vous êtes bien chez Anne. Laissez-moi un message.',
      'C’est le répondeur de Luc. Parlez après le bip.',
    ],
    longMachine: [
      'Bonjour, vous êtes bien sur la messagerie de Pierre Lambert. Je ne suis pas disponible pour le moment. Merci de me laisser votre nom et votre numéro de téléphone, et je vous rappellerai dans les plus brefs délais.',
    ],
    carrier: [
      'La personne que vous essayez de joindre n’est pas disponible. Veuillez laisser un message après le signal sonore.',
    ],
    menu: [
      'Bonjour et bienvenue à la Caisse Régionale. Pour connaître le solde de votre compte, tapez un. Pour joindre un conseiller, tapez deux.',
    ],
    screening: [
      'Bonjour, la personne que vous appelez utilise un service de filtrage. Merci de dire votre nom et le motif de votre appel.',
    ],
  },
  es: {
    hello: ['Hola, dígame.', '¿Sí, quién es?', 'Hola, buenas.'],
    name: ['Buenos días, soy Isabel.'],
    company: ['Restaurante La Plaza, buenas tardes.', 'Fontanería Ruiz, ¿en qué puedo ayudarle?'],
    business: [
      'Buenas tardes, gracias por llamar al servicio de reservas de Autobuses del Norte, mi nombre es Beatriz, ¿a dónde desea viajar?',
    ],
    shortMachine: ['Hola, soy Marta. Deja tu mensaje y te llamaré.', 'No estamos en casa. Deje su mensaje.'],
    longMachine: [
      'Hola, ha llamado a Alejandro Torres. En este momento no puedo atender su llamada. Deje su nombre, su teléfono y un breve mensaje después de la señal, y me pondré en contacto con usted en cuanto pueda.',
    ],
    carrier: [
      'El cliente al que llama no está disponible en este momento. Por favor, deje un mensaje después de la señal.',
    ],
    menu: [
      'Bienvenido a la Clínica Universitaria. Para pedir cita, marque uno. Para resultados de pruebas, marque dos. Si desea hablar con un operador, espere.',
    ],
    screening: [
      'Hola, la persona a la que llama utiliza un filtro de llamadas. Diga su nombre y el motivo de su llamada.',
    ],
  },
  it: {
    hello: ['Pronto, buongiorno.', 'Pronto, mi dica.'],
    name: ['Buonasera, sono Anna.'],
    company: ['Ristorante Da Gino, buonasera.', 'Idraulica Moretti, come posso aiutarla?'],
    business: [
      'Buongiorno, servizio prenotazioni di Traghetti del Sole, mi chiamo Roberta, mi può dire il suo codice di prenotazione?',
    ],
    shortMachine: ['Ciao, sono Elena. Lasciami un messaggio.', 'Questa è la segreteria di Carlo. Parlate dopo il bip.'],
    longMachine: [
      'Salve, avete chiamato Paolo Ricci. Al momento non posso rispondere. Lasciate il vostro nome, il vostro numero e un breve messaggio dopo il segnale acustico, vi richiamerò appena possibile.',
    ],
    carrier: [
      'La persona chiamata non è al momento disponibile. La preghiamo di lasciare un messaggio dopo il segnale acustico.',
    ],
    menu: [
      'Benvenuti alla Clinica San Marco. Per prenotare una visita, premere uno. Per i risultati degli esami, premere due. Per parlare con un operatore, attendere in linea.',
    ],
    screening: [
      'Salve, la persona che sta chiamando usa un filtro chiamate. Dica il suo nome e il motivo della chiamata.',
    ],
  },
  pt: {
    hello: ['Alô, bom dia.', 'Sim, quem é?'],
    name: ['Bom dia, é a Carla.'],
    company: ['Restaurante O Porto, boa noite.', 'Canalizações Lima, em que posso ajudar?'],
    business: [
      'Boa tarde, serviço de reservas dos Comboios do Vale, o meu nome é Luísa, pode dizer-me o número da sua reserva?',
    ],
    shortMachine: ['Olá, fala a Sara. Deixe uma mensagem.', 'Não estamos em casa. Deixe o seu recado.'],
    longMachine: [
      'Olá, ligou para Fernando Costa. Neste momento não posso atender. Por favor deixe o seu nome, o seu contacto e uma breve mensagem após o sinal, e ligarei de volta assim que puder.',
    ],
    carrier: ['A pessoa com quem deseja falar não está disponível. Por favor deixe a sua mensagem após o sinal.'],
    menu: [
      'Bem-vindo à Clínica Universitária. Para marcar uma consulta, prima um. Para resultados de exames, prima dois. Para falar com um operador, aguarde.',
    ],
    screening: [
      'Olá, a pessoa para quem está a ligar usa um filtro de chamadas. Diga o seu nome e o motivo da chamada.',
    ],
  },
  nl: {
    hello: ['Hallo, wie is daar?', 'Goedendag.'],
    name: ['Met Van den Berg.', 'Hallo, je spreekt met Lotte.'],
    company: ['Restaurant Het Anker, goedenavond.', 'Loodgieter Meijer, waarmee kan ik u helpen?'],
    business: [
      'Goedemiddag, welkom bij de klantenservice van Spoorwegen Oost, u spreekt met Esther, mag ik uw klantnummer van u?',
    ],
    shortMachine: ['Hallo, met Tim. Spreek je bericht in na de piep.', 'Wij zijn niet thuis. Laat een bericht achter.'],
    longMachine: [
      'Goedendag, u bent verbonden met de voicemail van Henk Willems. Ik kan de telefoon nu niet opnemen. Spreek uw naam, uw telefoonnummer en een korte boodschap in na de toon, dan bel ik u zo snel mogelijk terug.',
    ],
    carrier: ['De persoon die u probeert te bereiken is niet beschikbaar. Laat een bericht achter na de toon.'],
    menu: [
      'Welkom bij het Academisch Ziekenhuis. Voor het maken van een afspraak, toets een. Voor uitslagen, toets twee. Blijf anders aan de lijn.',
    ],
    screening: [
      'Hallo, de persoon die u belt gebruikt een filter voor gesprekken. Zeg uw naam en de reden van uw gesprek.',
    ],
  },
};
