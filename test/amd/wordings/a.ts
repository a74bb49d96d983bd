import type { WordingBook } from '../wordings.ts';

export const A: WordingBook = {
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
