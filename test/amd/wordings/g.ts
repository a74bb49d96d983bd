import type { WordingBook } from '../wordings.ts';

export const G: WordingBook = {
  en: {
    hello: ['Hi, hello.', "Hi, who's this?", 'Yup, hello?', 'Hello, good morning.', 'Yes, hello there.'],
    name: ["Hello, you're speaking to Daniel.", 'Claire Watson, hello.', 'Hey, this is Rachel.', "Hello, Tom's phone."],
    company: [
      'Good morning, Harrison Plumbing, Linda speaking.',
      'Thornton Library, good afternoon.',
      'Hi, thanks for calling Bella Salon, this is Megan.',
      "Hello, Anderson's Hardware, what can I help you with?",
    ],
    business: [
      'Good morning and thank you for calling the Royal Oak Hotel, you are speaking with Charlotte, how may I assist you?',
      "Good afternoon, you're through to Kestrel Bank, my name's Darren, before we start can I take your full name please?",
      'Thank you for calling Family Health Partners, this is Denise, are you a new patient or have you been with us before?',
    ],
    shortMachine: [
      "Hi, you've reached Sandra's cell, leave a message and I'll get back to you.",
      "Hey, it's Chris, I can't get to the phone, leave me a voicemail.",
      "This is Doctor Patel's office. Please leave a message after the tone.",
      'Sorry we missed you. Leave your name and number.',
    ],
    longMachine: [
      "Hi, this is Natalie Ross. I can't take your call at the moment, but if you leave me your name, number and a quick message, I'll ring you back as soon as I can. Thanks, bye.",
      'You have reached the law offices of Grant and Webster. Our office is now closed. Our regular hours are Monday through Friday, eight thirty to five. Please leave a message and someone will return your call on the next business day.',
      "Hello, you've reached the Taylor family. We're not home right now, or we can't get to the phone. At the sound of the beep, leave your name and phone number and we'll call you back. Thank you.",
    ],
    carrier: [
      "The person you're calling can't take your call right now. At the tone, please record your message. When you've finished recording, you may hang up.",
    ],
    announcement: [
      'The mobile you have called is switched off or not in a mobile service area. Please try again later.',
      "We're sorry. The number you have reached is not in service. Please check the number and dial again.",
    ],
    menu: [
      'Thank you for calling Pacific Health Insurance. For quality and training purposes, this call may be recorded. If you are a member, press one. If you are a provider, press two.',
      "Welcome to Hart's Pharmacy. To refill a prescription, press one. To speak with a pharmacist, press two. For store hours and directions, press three.",
      "Hello, you're through to Severn Water. Please choose from the following options. If you want to make a payment, press one. To tell us you're moving home, press two.",
    ],
    screening: [
      "The person you're calling is using a call guardian. To connect your call, please announce your name after the tone, then press the hash key.",
      "Hi, you're talking to a digital assistant. The person you've called wants to know who is calling and why, so please tell me your name.",
    ],
  },
  de: {
    hello: ['Hallo, wer ist da?', 'Ja, guten Morgen.', 'Hallo, bitte?'],
    name: ['Wagner, hallo.', 'Petra Vogel hier.'],
    company: ['Malerbetrieb Franke, Jansen, guten Tag.', 'Apotheke am Markt, mein Name ist Koch, guten Tag.'],
    business: [
      'Schönen guten Tag, Sie sind verbunden mit dem Kundenservice der Stadtwerke Falkenau, mein Name ist Daniel Krause, wie kann ich Ihnen helfen?',
    ],
    shortMachine: [
      'Hallo, hier ist Nina. Ich kann gerade nicht ans Telefon gehen, sprecht mir aufs Band.',
      'Hi, das ist die Mailbox von Tobias. Hinterlass mir einfach eine Nachricht.',
    ],
    longMachine: [
      'Guten Tag, Sie haben die Nummer von Michael und Andrea Brandt gewählt. Wir sind zur Zeit leider nicht da. Sie können uns aber nach dem Signalton eine Nachricht hinterlassen. Wir rufen dann gerne zurück.',
      'Herzlich willkommen bei der Steuerkanzlei Ebert. Unser Büro ist zur Zeit nicht besetzt. Sie erreichen uns montags bis donnerstags von acht bis sechzehn Uhr, freitags bis zwölf Uhr.',
    ],
    carrier: [
      'Guten Tag, hier ist die Mailbox von, null eins sieben drei, vier vier zwei eins. Bitte hinterlassen Sie Ihre Nachricht nach dem Ton.',
    ],
    announcement: ['Kein Anschluss unter dieser Nummer. Bitte rufen Sie die Auskunft an.'],
    menu: [
      'Guten Tag und herzlich willkommen bei der Rheinland Versicherung. Bitte halten Sie Ihre Versicherungsnummer bereit. Geht es um einen Schaden, drücken Sie die Eins.',
    ],
    screening: [
      'Hi. Wenn Sie mir Ihren Namen und den Anlass Ihres Anrufs sagen, prüfe ich, ob der Anruf angenommen werden kann.',
    ],
  },
  fr: {
    hello: ['Oui, bonjour.', 'Allô, oui bonjour.', 'Allô, c’est qui?'],
    name: ['Allô, Sylvie à l’appareil.', 'Oui, Laurent Petit.'],
    company: [
      'Cabinet dentaire Girard, bonjour.',
      'Taxi Express, bonjour, je vous écoute.',
      'Garage du Pont, Michel, bonjour.',
    ],
    business: [
      'Bonjour, bienvenue au service clients de Banque Océane, Julien à votre écoute, comment puis-je vous aider?',
      'Étude de maître Carpentier, bonjour, ici Élodie, vous appelez à quel sujet s’il vous plaît?',
    ],
    shortMachine: [
      'Bonjour, c’est Marion, je ne suis pas disponible, laissez-moi un message et je vous rappelle.',
      'Salut, c’est Kévin, laisse un message.',
      'Bonjour, vous êtes bien sur le portable de Sophie Durand. À bientôt.',
    ],
    longMachine: [
      'Bonjour, vous êtes bien chez la famille Lemoine. Nous sommes absents pour le moment. Laissez-nous votre nom et vos coordonnées après le bip sonore, et nous vous rappellerons à notre retour. Merci et à bientôt.',
      'Bonjour, le secrétariat du docteur Benoît est actuellement fermé. Nos horaires d’ouverture sont de neuf heures à dix-huit heures, du lundi au vendredi. En cas d’urgence, appelez le quinze.',
    ],
    carrier: [
      'Bonjour, vous êtes sur la messagerie de, zéro six, douze, trente-quatre. Merci de laisser votre message après le bip.',
    ],
    announcement: [
      'Le numéro que vous avez composé n’est pas attribué. Veuillez consulter l’annuaire ou votre centre de renseignements.',
    ],
    menu: [
      'Bienvenue chez Réseau Mobile. Afin de vous orienter vers le bon service, veuillez choisir l’une des options suivantes. Pour une question sur votre facture, tapez un.',
      'Bonjour, toutes nos lignes sont actuellement occupées. Nous vous remercions de bien vouloir patienter, un conseiller va prendre votre appel.',
    ],
    screening: [
      'Bonjour. Si vous donnez votre nom et la raison de votre appel, je vais vérifier si cette personne peut vous répondre.',
    ],
  },
  es: {
    hello: ['¿Sí, diga?', 'Hola, ¿quién llama?', 'Buenos días.'],
    name: ['Sí, le habla Manuel.'],
    company: ['Taxis Levante, dígame.', 'Autoescuela Norte, buenos días, le atiende Pilar.'],
    business: ['Buenas tardes, Clínica Dental Sonrisa, le atiende Marta, ¿en qué le puedo ayudar?'],
    shortMachine: [
      'Hola, soy Laura, ahora mismo no puedo atenderte, déjame un mensaje.',
      'Hola, este es el contestador de Paco. Deja tu mensaje después de oír la señal.',
    ],
    longMachine: [
      'Hola, ha llamado a la consulta del doctor Navarro. Nuestro horario de atención es de lunes a jueves, de diez a dos y de cuatro a siete. Si es una urgencia, llame al ciento doce. Gracias.',
    ],
    carrier: ['Buzón de voz de, seis cero nueve, dos dos uno. Grabe su mensaje después de la señal.'],
    announcement: ['El número marcado no existe. Por favor, verifique el número y vuelva a llamar.'],
    menu: [
      'Bienvenido al servicio de atención al cliente de Energía Ibérica. Para continuar en castellano, pulse uno. Para averías, pulse dos. Para facturación, pulse tres.',
    ],
    screening: ['Hola. Si me dice su nombre y por qué llama, compruebo si esta persona puede atenderle.'],
  },
  it: {
    hello: ['Pronto, sì, chi è?', 'Sì, mi dica.'],
    name: ['Pronto, sono Giovanni Costa.'],
    company: ['Carrozzeria Fratelli Galli, buongiorno.', 'Studio legale Marini, sono Francesca, buonasera.'],
    business: ['Buongiorno, centro assistenza Termo Casa, sono Alessandro, mi dica pure, come posso esserle utile?'],
    shortMachine: [
      'Ciao, sono Sara, al momento non posso rispondere, lasciate un messaggio.',
      'Ciao, qui è la casa di Anna e Beppe. Lasciate un messaggio dopo il bip.',
    ],
    longMachine: [
      'Buongiorno, avete chiamato lo studio dentistico del dottor Villa. Lo studio è aperto dal lunedì al venerdì, dalle nove alle tredici e dalle quindici alle diciannove. Per appuntamenti lasciate nome e numero di telefono.',
    ],
    carrier: [
      'Servizio di segreteria telefonica. Il numero che ha chiamato non risponde. Lasci un messaggio dopo il segnale acustico.',
    ],
    announcement: ['Attenzione, il numero selezionato è inesistente. La preghiamo di verificare il numero.'],
    menu: [
      'Benvenuto in Poste Rapide. Per conoscere lo stato di una spedizione, prema uno. Per fissare un appuntamento in ufficio, prema due.',
    ],
    screening: ['Salve. Se mi dice come si chiama e perché telefona, verifico se la persona può rispondere.'],
  },
  pt: {
    hello: ['Sim, estou?', 'Alô, quem é?'],
    name: ['Estou, fala o António.'],
    company: ['Clínica Dentária Sorriso, bom dia.', 'Táxis da Ribeira, boa noite, diga por favor.'],
    business: ['Muito bom dia, Seguros Horizonte, fala a Patrícia Nogueira, em que posso ser útil?'],
    shortMachine: [
      'Oi, aqui é o Gustavo, no momento não posso atender, deixe seu recado.',
      'Olá, ligou para a Mariana. Deixe mensagem que eu depois ligo.',
    ],
    longMachine: [
      'Obrigado pelo seu contacto. Ligou para a Ótica Central. A loja encontra-se encerrada. O nosso horário é de segunda a sábado, das dez às dezanove horas. Deixe-nos o seu nome e contacto, e ligamos assim que abrirmos.',
    ],
    carrier: ['Sua chamada está sendo encaminhada para a caixa postal e estará sujeita à cobrança após o sinal.'],
    announcement: ['O número que marcou não está atribuído. Por favor verifique o número.'],
    menu: [
      'Olá, bem-vindo à Operadora Lusa. Para apoio técnico, marque um. Para faturas e pagamentos, marque dois. Para aderir aos nossos serviços, marque três.',
    ],
    screening: ['Olá. Se disser o seu nome e a razão da chamada, eu vejo se a pessoa pode atender.'],
  },
  nl: {
    hello: ['Ja, goedemorgen.', 'Hallo, met wie spreek ik?'],
    name: ['Met Marieke.', 'Hallo, met Kees de Groot.'],
    company: ['Fysiotherapie Oost, goedemorgen met Ellen.', 'Taxicentrale, goedenavond, waar moet u heen?'],
    business: [
      'Goedemorgen, u spreekt met Annemiek van verzekeringskantoor De Linde, waarmee kan ik u helpen vandaag?',
    ],
    shortMachine: [
      'Hoi, dit is de voicemail van Sven. Laat even een berichtje achter.',
      'Hallo, met Petra. Ik kan nu even niet opnemen, ik bel je zo snel mogelijk terug.',
    ],
    longMachine: [
      'U bent verbonden met huisartsenpraktijk Het Plein. De praktijk is gesloten. Voor spoedgevallen kunt u bellen met de huisartsenpost. Wij zijn op werkdagen bereikbaar van acht tot vijf uur.',
    ],
    carrier: ['Dit is de voicemail van, nul zes, een twee drie vier. Spreek uw bericht in na de pieptoon.'],
    announcement: ['Het door u gekozen nummer is niet in gebruik. Controleer het nummer.'],
    menu: [
      'Goedemorgen, welkom bij Zorgverzekeraar Vitaal. Heeft u een vraag over uw polis, toets een. Voor een declaratie, toets twee. Voor overige vragen, toets drie.',
    ],
    screening: ['Hallo. Als u uw naam en de reden van uw telefoontje inspreekt, kijk ik of deze persoon kan opnemen.'],
  },
};
