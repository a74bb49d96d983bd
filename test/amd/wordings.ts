import type { Half, Language } from './clip.ts';

/** What is said, per half: no sentence stands in both. */
export interface Wordings {
  /** One or two words. */
  hello: readonly string[];
  /** A name, at home. */
  name: readonly string[];
  /** A company's greeting of 1.5 to 3 s. */
  company: readonly string[];
  /** A long greeting that ends in a question. */
  business: readonly string[];
  /** A personal greeting of one or two short sentences. */
  shortMachine: readonly string[];
  longMachine: readonly string[];
  /** What a network says for those who recorded nothing. */
  carrier: readonly string[];
  menu: readonly string[];
  screening: readonly string[];
}

type Book = Readonly<Record<Language, Wordings>>;

const development: Book = {
  en: {
    hello: ['Hello?', 'Hello.', 'Yes?', 'Hi.', 'Yeah, hello?'],
    name: ['Hello, this is Martin.', 'Anna speaking.', 'Hi, Peter here.'],
    company: [
      'Miller and Sons, good morning.',
      'Good afternoon, Riverside Dental, this is Carol.',
      'Green Valley Garage, how can I help you?',
      'Reception, Sarah speaking, good morning.',
    ],
    business: [
      'Good morning, thank you for calling Lakeside Insurance, my name is Jane, how may I help you today?',
      'Thank you for calling Northern Travel, this is Robert speaking, what can I do for you?',
    ],
    shortMachine: [
      'Hi, this is Tom, leave a message.',
      "You've reached Lisa. Please leave a message after the beep.",
      "Hey, it's Mike. You know what to do.",
      "Hi, I can't take your call right now. Leave me a message.",
    ],
    longMachine: [
      "Hello, you have reached the Johnson family. We can't come to the phone right now, but if you leave your name and number after the tone, we will call you back as soon as possible. Thank you.",
      "Hi, you've reached the voicemail of David Clark at Summit Consulting. I'm either on the other line or away from my desk. Please leave a detailed message and I will return your call as soon as I can.",
      "This is Emily. I'm sorry I missed your call. Please leave your name, your number, and a brief message, and I'll get back to you.",
    ],
    carrier: [
      'Your call has been forwarded to an automated voice messaging system. Five five five, two three six eight, is not available. At the tone, please record your message.',
      'The person you are trying to reach is not available. Please leave a message after the tone.',
      'The Vodafone customer you are calling is currently unavailable. Please try again later.',
    ],
    menu: [
      'Welcome to First City Bank. For English, press one. For account balances, press two. To speak to an agent, press zero.',
      'Thank you for calling Acme Airlines. Please listen carefully, as our menu options have changed. For reservations, press one.',
    ],
    screening: [
      "Hi, the person you're calling is using a screening service from Google, and will get a copy of this conversation. Go ahead and say your name, and why you're calling.",
      "Hi. If you record your name and reason for calling, I'll see if this person is available.",
    ],
  },
  de: {
    hello: ['Hallo?', 'Ja?', 'Ja, hallo?'],
    name: ['Müller.', 'Schneider, guten Tag.'],
    company: ['Autohaus Becker, guten Tag, mein Name ist Weber.', 'Praxis Doktor Klein, guten Morgen.'],
    business: [
      'Guten Tag und herzlich willkommen bei der Nordversicherung, mein Name ist Sabine Vogt, was kann ich für Sie tun?',
    ],
    shortMachine: [
      'Hallo, hier ist Thomas, bitte hinterlasst mir eine Nachricht.',
      'Anrufbeantworter von Familie Schulz. Bitte sprechen Sie nach dem Ton.',
    ],
    longMachine: [
      'Guten Tag, Sie haben den Anschluss von Karin Wolf gewählt. Leider bin ich zur Zeit nicht zu erreichen. Bitte hinterlassen Sie Ihren Namen und Ihre Rufnummer nach dem Signalton, ich rufe Sie dann zurück.',
    ],
    carrier: [
      'Der gewünschte Gesprächspartner ist zur Zeit nicht erreichbar. Sie können nach dem Signalton eine Nachricht hinterlassen.',
    ],
    menu: [
      'Herzlich willkommen bei der Stadtbank. Für Fragen zum Konto drücken Sie bitte die Eins. Für Karten drücken Sie die Zwei.',
    ],
    screening: [
      'Hallo. Bitte nennen Sie Ihren Namen und den Grund Ihres Anrufs, dann sehe ich nach, ob diese Person verfügbar ist.',
    ],
  },
  fr: {
    hello: ['Allô?', 'Oui allô?'],
    name: ['Allô, ici Martin.'],
    company: ['Garage Dupont, bonjour.', 'Cabinet Lefèvre, Sophie à votre écoute, bonjour.'],
    business: ['Bonjour et bienvenue chez Assurances du Midi, je suis Claire, comment puis-je vous aider aujourd’hui?'],
    shortMachine: [
      'Bonjour, c’est Julie, laissez-moi un message.',
      'Vous êtes bien chez Paul. Laissez un message après le bip.',
    ],
    longMachine: [
      'Bonjour, vous êtes bien sur le répondeur de Marie et Philippe. Nous ne sommes pas là pour le moment. Laissez-nous un message après le signal sonore et nous vous rappellerons dès que possible. Merci.',
    ],
    carrier: [
      'Bienvenue sur la messagerie vocale de votre correspondant. Il n’est pas disponible. Veuillez laisser un message après le bip sonore.',
    ],
    menu: [
      'Bienvenue à la Banque du Nord. Pour consulter votre compte, tapez un. Pour parler à un conseiller, tapez deux.',
    ],
    screening: [
      'Bonjour. Indiquez votre nom et le motif de votre appel, je vais voir si cette personne est disponible.',
    ],
  },
  es: {
    hello: ['¿Dígame?', '¿Sí?', '¿Hola?'],
    name: ['Hola, soy Carlos.'],
    company: ['Talleres García, buenos días.', 'Clínica Santa María, le atiende Laura, dígame.'],
    business: ['Buenos días, gracias por llamar a Seguros del Sur, le atiende Elena, ¿en qué puedo ayudarle?'],
    shortMachine: ['Hola, soy Ana, deja un mensaje.', 'Has llamado a Pedro. Deja tu mensaje después de la señal.'],
    longMachine: [
      'Hola, ha llamado al contestador de la familia Romero. En este momento no podemos atenderle. Por favor, deje su nombre, su número y su mensaje después de la señal y le llamaremos lo antes posible.',
    ],
    carrier: ['El teléfono al que llama está apagado o fuera de cobertura. Puede dejar un mensaje en el buzón de voz.'],
    menu: [
      'Bienvenido al Banco Central. Para consultar su saldo, pulse uno. Para tarjetas, pulse dos. Para otras consultas, pulse tres.',
    ],
    screening: ['Hola. Diga su nombre y el motivo de la llamada, y veré si esta persona está disponible.'],
  },
  it: {
    hello: ['Pronto?', 'Sì, pronto?'],
    name: ['Pronto, sono Marco.'],
    company: ['Officina Bianchi, buongiorno.', 'Studio Rossi, sono Paola, buongiorno.'],
    business: ['Buongiorno e grazie per aver chiamato Assicurazioni Adriatiche, sono Chiara, come posso aiutarla?'],
    shortMachine: [
      'Ciao, sono Luca, lascia un messaggio.',
      'Segreteria telefonica di Giulia. Parlate dopo il segnale.',
    ],
    longMachine: [
      'Buongiorno, avete chiamato casa Ferrari. In questo momento non possiamo rispondere. Lasciate il vostro nome e un messaggio dopo il segnale acustico e vi richiameremo appena possibile. Grazie.',
    ],
    carrier: [
      'La segreteria telefonica della persona chiamata è attiva. Lasciate un messaggio dopo il segnale acustico.',
    ],
    menu: ['Benvenuti in Banca Popolare. Per informazioni sul conto, premere uno. Per le carte, premere due.'],
    screening: ['Salve. Dica il suo nome e il motivo della chiamata, e vedrò se questa persona è disponibile.'],
  },
  pt: {
    hello: ['Alô?', 'Está lá?'],
    name: ['Olá, é o João.'],
    company: ['Oficina Silva, bom dia.', 'Clínica São José, fala a Teresa, bom dia.'],
    business: ['Bom dia, obrigado por ligar para a Seguradora Atlântica, fala a Helena, em que posso ajudar?'],
    shortMachine: ['Olá, é a Rita, deixe uma mensagem.', 'Ligou para o Miguel. Deixe a sua mensagem após o sinal.'],
    longMachine: [
      'Olá, ligou para a família Santos. De momento não podemos atender. Por favor deixe o seu nome, o seu número e a sua mensagem depois do sinal e ligaremos assim que possível. Obrigado.',
    ],
    carrier: ['O cliente para o qual ligou não está disponível. Por favor, deixe a sua mensagem após o sinal.'],
    menu: [
      'Bem-vindo ao Banco do Porto. Para saldos, digite um. Para cartões, digite dois. Para falar com um assistente, digite zero.',
    ],
    screening: ['Olá. Diga o seu nome e o motivo da chamada, e verei se esta pessoa está disponível.'],
  },
  nl: {
    hello: ['Hallo?', 'Ja hallo?'],
    name: ['Met Jansen.', 'Hallo, met Eva.'],
    company: ['Garage De Vries, goedemorgen.', 'Tandartspraktijk Bakker, met Linda, goedemiddag.'],
    business: [
      'Goedemorgen, welkom bij Noordzee Verzekeringen, u spreekt met Anouk, waarmee kan ik u van dienst zijn?',
    ],
    shortMachine: [
      'Hoi, met Bas, spreek een bericht in.',
      'U bent verbonden met Sanne. Laat een bericht achter na de piep.',
    ],
    longMachine: [
      'Goedendag, u bent verbonden met het antwoordapparaat van de familie Visser. Wij zijn op dit moment niet thuis. Laat uw naam en telefoonnummer achter na de pieptoon, dan bellen wij u zo snel mogelijk terug.',
    ],
    carrier: ['De persoon die u belt is op dit moment niet bereikbaar. Spreek na de toon uw bericht in.'],
    menu: ['Welkom bij de Stadsbank. Voor vragen over uw rekening, toets een. Voor betaalpassen, toets twee.'],
    screening: ['Hallo. Zeg uw naam en de reden van uw oproep, dan kijk ik of deze persoon beschikbaar is.'],
  },
};

const heldOut: Book = {
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

export const WORDINGS: Readonly<Record<Half, Book>> = { development, 'held-out': heldOut };
