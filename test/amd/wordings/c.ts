import type { WordingBook } from '../wordings.ts';

export const C: WordingBook = {
  en: {
    hello: ['Hello there.', 'Yes, hi.', 'Hullo?', 'Good morning?', 'Who is it?'],
    name: ['Hello, Walter Green.', "Hi, it's Jenny.", 'Patel residence.'],
    company: [
      'Blue Harbour Books, Nina speaking.',
      'Ellis Motors, service desk, hello.',
      'Good morning, Saint Mary School office.',
      'Thank you for calling Corner Pharmacy, how may I help?',
    ],
    business: [
      'Good evening and thank you for phoning the Grand Palace Theatre box office, you are talking to Melissa, which show are you interested in?',
      "Hello, you're speaking to Aaron at Brightwater Mortgages, just so I can find your file, could you give me your postcode please?",
    ],
    shortMachine: [
      'Hi, Zoe here, not really. Beep coming up.',
      "Alex can't talk. Please leave a short message.",
      'This is the voicemail of Priya Shah.',
      "Hey, I'm out. Tell me what's up after the beep.",
    ],
    longMachine: [
      "Hi there, this is Laura Bishop in accounts. I'm on annual leave and back on Monday the third. For anything urgent please ring my colleague Sam. Otherwise leave me a voicemail and I will deal with it when I return.",
      "Hello, thanks for ringing Fernhill Kennels. We're out walking the dogs just now, so nobody can pick up the phone. Please tell us your name, your dog's name and the dates you need, and we'll ring you back this evening.",
      "You've reached the Garcias. We're probably screening our calls, so start talking after the beep, and if we like you, we might pick up. Otherwise we will return your call later on.",
    ],
    carrier: [
      'The mobile phone you are calling may be turned off. Please hang up and try again later.',
      'This person has a voice mailbox that has not been set up yet. Goodbye.',
      "I'm sorry, but the person you called has a voice mail box that is full. Please try your call again later.",
    ],
    menu: [
      'Thank you for calling the Riverton Medical Group. If this is a medical emergency, hang up and dial nine one one. For prescriptions, press one.',
      "Hi, and welcome to Parcel Express. Tell me in a few words what you're calling about, or say, track a parcel.",
    ],
    screening: [
      'Hello. The Google subscriber you have called has asked us to find out who is calling. Please say your name and why you are calling.',
      'This call is being answered by an assistant. Before your call is put through, please say who you are and the reason for your call.',
    ],
  },
  de: {
    hello: ['Jo?', 'Grüß Gott.', 'Moin.'],
    name: ['Fischer am Telefon.', 'Ja, hier Becker.'],
    company: ['Gasthof zur Linde, grüß Gott.', 'Autovermietung Stern, Krause mein Name, hallo.'],
    business: [
      'Guten Abend, Sie sprechen mit Herrn Zimmermann von der Kundenbetreuung der Volksbank, darf ich Sie zuerst nach Ihrer Kontonummer fragen?',
    ],
    shortMachine: [
      'Hi, hier ist Jana. Ihr wisst ja, wie es geht.',
      'Mailbox von Stefan Roth. Bitte nach dem Piepton sprechen.',
    ],
    longMachine: [
      'Guten Tag. Sie sind mit dem automatischen Anrufbeantworter der Schreinerei Huber verbunden. Sie rufen außerhalb unserer Geschäftszeiten an. Unser Telefon ist werktags von acht bis siebzehn Uhr besetzt.',
    ],
    carrier: ['Der Teilnehmer ist vorübergehend nicht erreichbar. Bitte versuchen Sie es später noch einmal.'],
    menu: [
      'Guten Tag und willkommen bei der Hotline von Nordnetz. Zur Verbesserung unserer Qualität werden einzelne Gespräche aufgezeichnet. Sagen Sie mir bitte Ihre Kundennummer.',
    ],
    screening: [
      'Hallo, ich bin der Assistent von Google. Die Person, die Sie anrufen, möchte wissen, wer anruft und warum. Bitte sagen Sie mir Ihren Namen.',
    ],
  },
  fr: {
    hello: ['Oui bonjour?', 'Allô, bonjour.'],
    name: ['Vincent, bonjour.'],
    company: ['Pharmacie du Centre, bonjour.', 'Hôtel Bellevue, réception, bonsoir.'],
    business: [
      'Bonsoir, ici Amélie du service après-vente de Meubles et Maison, avant toute chose pourriez-vous me donner votre numéro de commande?',
    ],
    shortMachine: [
      'Coucou, c’est Léa. Vous savez quoi faire après le bip.',
      'Bonjour, vous êtes sur le portable de Karim, merci de laisser un message.',
    ],
    longMachine: [
      'Bonjour, vous avez bien joint la boîte vocale de Lise Masson. Je serai absente jusqu’au vingt-cinq juillet. Vous pouvez me laisser un message, et je vous rappellerai à mon retour. En cas d’urgence, faites le zéro. Au revoir.',
    ],
    carrier: [
      'Bonjour, le correspondant que vous cherchez à joindre n’est pas disponible actuellement. Merci de rappeler ultérieurement.',
    ],
    menu: [
      'Le service clients de Téléphone Plus vous souhaite la bienvenue. Cet appel peut être enregistré. Si vous appelez pour une panne, dites panne. Si vous appelez pour un contrat, dites contrat.',
    ],
    screening: [
      'Bonjour, je suis l’assistant de la personne que vous appelez. Avant de vous mettre en relation, puis-je savoir qui vous êtes et pourquoi vous appelez?',
    ],
  },
  es: {
    hello: ['¿Bueno?', '¿Quién es?', 'Sí, dígame.'],
    name: ['Aquí Sofía.'],
    company: ['Farmacia Central, buenas noches.', 'Colegio San Martín, secretaría, buenos días.'],
    business: [
      'Buenas noches, le saluda Andrés del departamento de reservas del Hotel Miramar, antes de empezar, ¿me podría indicar su apellido por favor?',
    ],
    shortMachine: ['Hola, aquí Nuria. Ya sabes, después del pitido.', 'Este es el buzón de voz de Raúl.'],
    longMachine: [
      'Hola, te has comunicado con el consultorio de la doctora Vega. En este momento no podemos atender tu llamada. Nuestro horario es de lunes a viernes de nueve a dos. Déjanos tu nombre y tu teléfono y te llamamos.',
    ],
    carrier: [
      'El número que usted marcó no se encuentra disponible. Su llamada será transferida al buzón de mensajes.',
    ],
    menu: [
      'Bienvenido a Gas Natural del Este. Esta llamada puede ser grabada. Por favor, díganos brevemente el motivo de su llamada, o marque cero para hablar con un agente.',
    ],
    screening: [
      'Hola, soy el asistente de la persona a la que llama. Dígame su nombre y el motivo de la llamada, por favor, y le pregunto si puede contestar.',
    ],
  },
  it: {
    hello: ['Chi è?', 'Pronto, sì.'],
    name: ['Pronto, Valentina.'],
    company: ['Farmacia Centrale, buonasera.', 'Albergo Sole, reception, buongiorno.'],
    business: [
      'Buonasera, parla con Stefano dell’ufficio prenotazioni di Crociere Azzurre, prima di tutto mi può dare il suo codice cliente?',
    ],
    shortMachine: ['Ciao, qui Marta. Sapete cosa fare dopo il bip.', 'Risponde la segreteria di Franco Neri.'],
    longMachine: [
      'Buongiorno, risponde la segreteria telefonica dello studio Martini. I nostri orari di apertura sono dal lunedì al venerdì, dalle nove alle diciotto. Lasciate un messaggio dopo il segnale e sarete richiamati.',
    ],
    carrier: ['Il telefono della persona chiamata potrebbe essere spento o non raggiungibile. Riprovi più tardi.'],
    menu: [
      'Benvenuto nel servizio clienti di Acqua Chiara. La informiamo che la chiamata potrebbe essere registrata. Per guasti, prema uno.',
    ],
    screening: [
      'Salve, sono l’assistente della persona che sta chiamando. Mi dica il suo nome e perché chiama, e chiederò se può rispondere.',
    ],
  },
  pt: {
    hello: ['Diga?', 'Alô, quem fala?'],
    name: ['Olá, daqui Marta.'],
    company: ['Farmácia Nova, boa noite.', 'Hotel do Mar, receção, bom dia.'],
    business: [
      'Boa noite, daqui fala o Ricardo do departamento de reservas da Viagens Lusitanas, antes de mais, pode indicar-me o seu número de cliente?',
    ],
    shortMachine: ['Olá, aqui é a Inês. Já sabe o que fazer depois do bip.', 'Esta é a caixa de correio de Nuno Reis.'],
    longMachine: [
      'Olá, contactou a clínica veterinária Patas. O nosso horário de atendimento é de segunda a sexta, das nove às dezanove. Neste momento não conseguimos atender. Deixe a sua mensagem e contactamos assim que possível.',
    ],
    carrier: ['O telemóvel que contactou não está disponível. Deixe mensagem após o sinal ou desligue.'],
    menu: [
      'Bem-vindo à linha de apoio da Rede Norte. Esta chamada poderá ser gravada. Se é cliente, prima um. Se ainda não é cliente, prima dois.',
    ],
    screening: [
      'Olá, sou o assistente da pessoa para quem ligou. Diga-me o seu nome e o motivo da chamada, e vou perguntar se pode atender.',
    ],
  },
  nl: {
    hello: ['Hoi.', 'Met mij.'],
    name: ['Familie Kok.', 'Spreek je met Daan.'],
    company: ['Apotheek Centrum, goedenavond.', 'Hotel De Kroon, receptie, goedemorgen.'],
    business: [
      'Goedenavond, u spreekt met Sander van de afdeling boekingen van Veerdienst Noord, mag ik om te beginnen uw klantnummer noteren?',
    ],
    shortMachine: ['Hoi, met Fleur, ik ben er even niet. Piep.', 'Dit is de voicemail van Koen Prins.'],
    longMachine: [
      'Welkom bij fietsenmaker Van Dam. Op dit moment zijn wij niet aanwezig. Onze openingstijden zijn van dinsdag tot en met zaterdag, van negen tot zes. Laat een boodschap achter en ik bel u terug.',
    ],
    carrier: ['Het mobiele nummer dat u heeft gebeld is momenteel niet bereikbaar. Probeert u het later nog eens.'],
    menu: [
      'Welkom bij de klantenservice van Internet Thuis. Om de kwaliteit te verbeteren kan dit gesprek worden opgenomen. Bent u al klant, toets dan een.',
    ],
    screening: [
      'Hallo, ik ben de assistent van degene die u belt. Kunt u zeggen wie u bent en waarom u belt, dan vraag ik of er opgenomen kan worden.',
    ],
  },
};
