import type { WordingBook } from '../wordings.ts';

export const B: WordingBook = {
  en: {
    hello: ['Hello, yes?', 'Yep?', 'Hiya.', 'Morning.', 'Hello, hello?'],
    name: ['Hello, Susan here.', 'Bennett.', 'Good evening, this is George.'],
    company: [
      'Oakwood Veterinary Clinic, good morning.',
      'Hello, Parker and Lane solicitors.',
      'City Plumbing, Brian speaking, what can I do for you?',
      'Good morning, Hotel Astoria, front desk.',
    ],
    business: [
      'Good afternoon and welcome to Highland Energy, you are speaking with Oliver, how can I be of assistance today?',
      "Thanks for calling Metro Pizza, we've got two large for twenty today, would you like to hear more?",
    ],
    shortMachine: [
      "It's Kate. Message, please.",
      "Hello, Daniel can't get to the phone. Speak after the tone.",
      "This is Rachel's phone. I'll call you back.",
      'Hi, you got Steve. Talk to the machine.',
    ],
    longMachine: [
      'Hey there, thanks for calling the Petersons. Nobody is home at the moment, so please tell us who you are and why you called right after the beep, and one of us will give you a ring this evening.',
      'Good day. You are through to the office of Doctor Helen Morris. The practice is closed at present. If this is an emergency, please hang up and dial nine one one. Otherwise leave your details after the tone.',
      "Hi, this is Brandon. I'm travelling until the end of the month with little access to my phone. Send me a text, or leave a voice message and I'll try to answer within a day or two.",
    ],
    carrier: [
      'We are sorry, the subscriber you have called is unable to take your call. To leave a voicemail, please speak after the beep.',
      'Welcome to the O two messaging service. The person you are calling is unable to answer your call. Please speak after the tone.',
      'The number you have dialed is switched off or not reachable. Please call again some time later.',
    ],
    menu: [
      'You are through to Westfield Council. If you know the extension you require, enter it now. For housing, press one. For council tax, press two.',
      'Hello and welcome to Bright Broadband. Calls may be recorded for training purposes. If you are having problems with your service, press one.',
    ],
    screening: [
      "Hi, I'm Call Assist by Google, recording this call for the person you're trying to reach. Before I try to connect you, can I ask what you're calling about?",
      'The person you are trying to call is screening this call. Please state your name after the tone and stay on the line.',
    ],
  },
  de: {
    hello: ['Hallo, ja bitte?', 'Ja bitte?', 'Guten Tag.'],
    name: ['Hoffmann.', 'Krüger hier, hallo.'],
    company: ['Bäckerei Lehmann, guten Morgen.', 'Stadtwerke, Frau Peters am Apparat, guten Tag.'],
    business: [
      'Einen schönen guten Morgen bei der Kanzlei Brandt und Partner, Sie sprechen mit Julia Berger, wie darf ich Ihnen weiterhelfen?',
    ],
    shortMachine: [
      'Hier ist der Anrufbeantworter von Uwe. Nachrichten bitte nach dem Piep.',
      'Hi, ich bin gerade nicht da. Ich melde mich.',
    ],
    longMachine: [
      'Schönen guten Tag, hier ist die Familie Neumann. Im Moment ist niemand zu Hause. Wenn Sie uns Ihren Namen und den Grund Ihres Anrufs nach dem Piepton sagen, melden wir uns so bald wie möglich bei Ihnen.',
    ],
    carrier: [
      'Guten Tag. Die Mailbox des Teilnehmers ist eingeschaltet. Bitte sprechen Sie Ihre Nachricht nach dem Ton.',
    ],
    menu: [
      'Willkommen bei Telenord. Damit wir Sie richtig verbinden können, wählen Sie bitte. Bei einer Störung die Eins. Bei Fragen zur Rechnung die Zwei.',
    ],
    screening: [
      'Guten Tag, dieser Anruf wird vom Filter für Anrufe beantwortet. Sagen Sie bitte, wer Sie sind und warum Sie anrufen.',
    ],
  },
  fr: {
    hello: ['Oui?', 'Allô oui?'],
    name: ['Bonjour, Nathalie.'],
    company: ['Boulangerie Moreau, bonjour.', 'Mairie de Valence, bonjour, Isabelle.'],
    business: [
      'Bonjour, vous êtes en relation avec le service clients de Transports Rapides, Thomas à votre service, que puis-je faire pour vous?',
    ],
    shortMachine: ['C’est Antoine, je ne peux pas répondre. À vous.', 'Salut, parlez après le bip.'],
    longMachine: [
      'Bonjour, vous avez appelé le cabinet du docteur Rousseau. Nos bureaux sont fermés pour aujourd’hui. En cas d’urgence composez le quinze. Sinon, vous pouvez nous laisser vos coordonnées, nous vous rappellerons demain.',
    ],
    carrier: [
      'Votre correspondant est absent pour le moment. Vous pouvez lui laisser un message vocal après le signal sonore.',
    ],
    menu: [
      'Bonjour, et merci d’appeler Énergie Plus. Pour un dépannage, appuyez sur un. Pour une facture, appuyez sur deux.',
    ],
    screening: [
      'Bonjour, cet appel est pris par un service de filtrage. Dites qui vous êtes et la raison de votre appel.',
    ],
  },
  es: {
    hello: ['¿Diga?', '¿Aló?', 'Buenas.'],
    name: ['Sí, soy Miguel.'],
    company: ['Panadería López, buenas tardes.', 'Ayuntamiento, buenos días, habla Carmen.'],
    business: [
      'Muy buenas tardes y bienvenido al servicio de atención de Viajes Andinos, mi nombre es Rosario, ¿cómo le puedo ayudar?',
    ],
    shortMachine: ['Soy Javier, ahora no puedo contestar. Te llamaré.', 'Hola, habla después del tono.'],
    longMachine: [
      'Buenas, está llamando a casa de Lucía y Fernando. Ahora mismo no estamos. Si nos dice quién es y para qué ha llamado cuando oiga la señal, le devolveremos la llamada esta noche. Gracias.',
    ],
    carrier: ['La persona a la que llama no está disponible. Al oír la señal puede grabar un mensaje.'],
    menu: [
      'Gracias por llamar a Telefonía Norte. Si tiene una avería, marque uno. Si llama por su factura, marque dos.',
    ],
    screening: ['Hola, esta llamada pasa por un filtrado de llamadas. Diga quién es y por qué llama.'],
  },
  it: {
    hello: ['Sì?', 'Pronto, chi parla?'],
    name: ['Sono Elisa, pronto.'],
    company: ['Panificio Conti, buonasera.', 'Comune di Lucca, buongiorno, Alberto.'],
    business: [
      'Buonasera e benvenuto al servizio clienti di Treni Veloci, le risponde Federica, in cosa posso esserle utile?',
    ],
    shortMachine: ['Sono Davide, non posso rispondere. Vi richiamo.', 'Ciao, parla dopo il bip.'],
    longMachine: [
      'Salve, questo è il numero dello studio del dottor Greco. I nostri uffici sono chiusi fino a lunedì. Per le urgenze chiamate il centodiciotto, altrimenti lasciate un messaggio e sarete ricontattati.',
    ],
    carrier: ['Il cliente da lei chiamato non è al momento raggiungibile. La preghiamo di richiamare più tardi.'],
    menu: ['Grazie per aver chiamato Luce e Gas. Per segnalare un guasto, digiti uno. Per la bolletta, digiti due.'],
    screening: ['Buongiorno, questa chiamata passa da un filtro chiamate. Dica chi è e perché chiama.'],
  },
  pt: {
    hello: ['Sim?', 'Estou?'],
    name: ['Fala a Beatriz.'],
    company: ['Padaria Central, boa tarde.', 'Câmara Municipal, bom dia, é o Rui.'],
    business: [
      'Boa tarde e bem-vindo ao apoio ao cliente dos Transportes do Sul, o meu nome é Sofia, como posso ajudar?',
    ],
    shortMachine: ['É o Tiago, agora não posso atender. Ligo de volta.', 'Oi, fale depois do bip.'],
    longMachine: [
      'Boa tarde, ligou para o consultório da doutora Almeida. Neste momento estamos encerrados. Em caso de urgência ligue cento e doze. Caso contrário grave o seu recado após o sinal e entraremos em contacto.',
    ],
    carrier: ['O número que marcou está desligado ou fora da área de cobertura. Por favor, tente mais tarde.'],
    menu: ['Obrigado por ligar para a Luz e Água. Para comunicar uma avaria, prima um. Para faturas, prima dois.'],
    screening: ['Olá, esta chamada passa por um filtro de chamadas. Diga quem é e porque está a ligar.'],
  },
  nl: {
    hello: ['Ja?', 'Hallo met wie?'],
    name: ['De Boer.', 'Met Pieter van Dijk.'],
    company: ['Bakkerij Mulder, goedemiddag.', 'Gemeente Zwolle, goedemorgen, met Ingrid.'],
    business: [
      'Goedemiddag, fijn dat u belt met Reisbureau Zonvaart, mijn naam is Marloes, wat kan ik voor u betekenen?',
    ],
    shortMachine: ['Dit is Joost, ik kan nu niet opnemen. Ik bel je terug.', 'Hoi, praat na de piep.'],
    longMachine: [
      'Goedendag, dit is de praktijk van dokter Smit. Ons kantoor is gesloten. Bij spoed belt u de huisartsenpost. In andere gevallen kunt u na de toon uw gegevens inspreken, dan nemen wij morgen contact met u op.',
    ],
    carrier: [
      'Dit is de voicemail van het nummer dat u belt. De abonnee neemt niet op. Na de toon kunt u iets inspreken.',
    ],
    menu: ['Dank u voor het bellen met Waterbedrijf West. Voor een storing, kies een. Voor uw rekening, kies twee.'],
    screening: ['Hallo, ik beantwoord dit gesprek voor de ontvanger. Wie bent u en wat is de reden van uw gesprek?'],
  },
};
