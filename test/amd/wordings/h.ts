import type { WordingBook } from '../wordings.ts';
import { NOTHING } from './nothing.ts';

export const H: WordingBook = {
  en: {
    hello: [
      'Hello hello.',
      "Hello, who's calling please?",
      'Yeah, hi.',
      'Good evening?',
      'Hi, good morning.',
      'Hello, go ahead.',
    ],
    name: ['Hi, Nancy here.', 'Good morning, Philip Turner speaking.', 'Hello, the Wilsons.', 'Hi, Ben speaking.'],
    company: [
      'Dental office, this is Stacy.',
      "Good evening, Romano's, table or takeaway?",
      'Accounts department, Neil speaking.',
      'Hello, Greenfield Primary School, Mrs Porter speaking.',
      "Thanks for calling Lucky's Auto Repair, Frank speaking.",
      'Good morning, Atlas Freight, how may I help you?',
    ],
    business: [
      'Thank you for calling Liberty Auto Glass, my name is Brandon, are you calling to schedule an appointment?',
      'Good morning, Ashford and Reed Accountants, Caroline speaking, who would you like to speak to?',
      'Hello, thanks for calling the Harbour Theatre, my name is Jessica, how can I help you this evening?',
      'Good afternoon, Citywide Taxis, where are you travelling from and where would you like to go today?',
      'Thank you for choosing Apex Rentals, this is Marcus on a recorded line, who do I have the pleasure of speaking with?',
      "Hi there, you've come through to the repairs team at Northgate Housing, I'm Shelley, can I take the first line of your address?",
      'Good morning, City General Hospital, switchboard, which department or person would you like me to put you through to?',
    ],
    shortMachine: [
      "Hi, you've reached Kevin. Leave a message.",
      'Hello, this is the Campbell residence. Please leave a message after the beep.',
      "Hi, it's Emma, please don't leave a voicemail, just text me.",
      "Hey, sorry I missed your call. Leave your name and number and I'll call you back.",
      "You've reached the voicemail box of Alan Price.",
      "It's Scott. Leave one.",
    ],
    longMachine: [
      "Hi, you've reached Jason Reynolds, sales manager at Pioneer Tools. I'm either on the phone or out of the office. Please leave your name, number and reason for your call, and I will return your call promptly. Thank you.",
      "Hello, this is Barbara. I'm unable to answer the phone just now. If you leave your name and number after the tone I'll get back to you as soon as possible. Thank you for calling.",
      "You've reached Oak Hill Animal Hospital. We are closed for the day. If your pet needs urgent care, please call the emergency clinic at five five five, zero one nine nine. Otherwise, we will open again tomorrow morning at eight.",
      "Hi, it's Steve and Paula. We're on holiday until the weekend, so we can't get back to you straight away. If it's important, try our mobiles. Otherwise leave us a message and we'll speak to you soon.",
    ],
    carrier: [
      "Your call has been forwarded to voice mail. The person you're trying to reach is not available. At the tone, please record your message.",
      "The Three customer you're calling can't come to the phone. Please leave a message after the tone.",
    ],
    announcement: [
      'The mailbox is full and cannot accept any messages at this time. Goodbye.',
      'The wireless customer you are calling is not available. Please try your call again later. Message seven, switch forty two.',
      'Sorry, the person you are calling has not set up their voicemail. Please send a text or call back later.',
    ],
    menu: [
      'Thanks for calling Delgado Motors. For sales, press one. For service, press two. For parts, press three. For all other enquiries, please hold.',
      "You've reached the Department of Motor Vehicles. All of our representatives are currently assisting other callers. Your estimated wait time is more than twenty minutes.",
      'Hello, and welcome to Swiftmail. In a few words, please tell me how I can help you today.',
      "Thank you for calling Brookfield Apartments. If you know your party's extension, you may dial it at any time. For the leasing office, press one.",
      "Good afternoon, and thank you for calling Trent Valley Housing. We're experiencing high call volumes at the moment. You can also find help on our website.",
    ],
    screening: [
      'Hello. This call is being screened. After the tone, please say your name and the reason for your call, and I will try to connect you.',
      "Hi, the person you're calling is busy right now and I'm taking this call for them. May I know who's calling and what it is regarding?",
      "Please say your name and company, and I'll check whether they can take your call.",
    ],
  },
  de: NOTHING,
  fr: NOTHING,
  es: NOTHING,
  it: NOTHING,
  pt: NOTHING,
  nl: NOTHING,
};
