import type { Lexicon } from '../lexicon.ts';

export const EN: Lexicon = {
  machine: {
    4: `
      leave a message, leave me a message, leave us a message, leave your message, leave a brief message, leave a short message,
      leave a detailed message, leave your name, leave your number, leave a voicemail, leave a text, record your message,
      record a message, after the tone, after the beep, at the tone, at the beep, sound of the tone, voicemail, voice mail, voice mailbox,
      mailbox, answering machine, answering service, answerphone, voice messaging, message bank, press one, press two,
      press three, press zero, press 1, press 2, press 0, press pound, press star, press hash, following options,
      menu options, listen carefully, not in service, no longer in service, been disconnected, cannot be completed,
      cannot be connected, switched off, turned off, out of range, out of coverage, has been forwarded, not accepting calls,
      has not been set up, is full, can't come to the phone, cannot come to the phone, can't get to the phone,
      can't take your call, cannot take your call, can't answer the phone, can't answer your call,
      unable to take your call, unable to answer, unable to come to the phone, get back to you, call you back, ring you back,
      return your call, give you a call back, give you a ring, missed your call, missed you, please try again, try again later,
      try your call again, call again later, call back later, our office is closed, office is closed, we are closed, we're closed,
      currently closed, now closed, hours are, office hours, opening hours, business hours, outside of, recorded for,
      may be recorded, be monitored, quality purposes, training purposes, quality and training, your call is important,
      calls are answered, call will be, calls will be, next available, you know what to do, do your thing, at the sound, nobody is available, no one is available, nobody is here, no one is here,
      are busy, all of our, all our, known extension, party's extension, extension number, number you have dialed,
      number you have dialled, number you dialed, number you dialled, person you are calling, person you are trying,
      customer you are calling, subscriber you, leave word, drop us a, drop me a, send me a text, shoot me a text, text me
    `,
    3: `
      message, beep, tone, unavailable, not available, isn't available, aren't available, away from, out of the office, out of office,
      on vacation, on holiday, annual leave, not at home, not home, nobody's home, aren't home, not here, aren't here,
      isn't here, can't talk, cannot talk, can't pick up, couldn't take, couldn't get, subscriber, not reachable, forwarded,
      transferred to, directory, dial by, enter your, enter the, followed by, pound sign, pound key, hash key, extension,
      menu, options, para, oprima, disconnected, dialed, dialled, the machine, a machine, automated, prerecorded, recording, monday to friday,
      monday through friday, from nine to, nine to five, and five, a.m, p.m, working day, business day, next day,
      as soon as possible, as soon as we, as soon as i, soon as i can, right back, back to you, back later, back soon, call back,
      in an emergency, if this is an emergency, this is an emergency, medical emergency, hang up and, dial nine, dial 911,
      visit our website, our website, dot com, w w w, email us, urgent, urgently, on another call,
      with another, other customers, your patience, in the order, estimated wait, wait time, queue,
      to speak with, to speak to, to repeat, to make a, to report, to book, to pay, to check, for all other, for sales, for support,
      for billing, for service, for english, for reservations, for appointments, for customer, for technical, for new,
      for existing, for our, if you know, if you would like, if you'd like, if you wish, if you want, if you are, if you're, if you have,
      select, please choose, please select, please enter, say yes, in a few words, you can say, tell me in
    `,
    2: `
      you've reached, you have reached, you reached, you've called, you have called, you've got, you got, you are through, you're through,
      mail, reach the, you reach, leave, record, reached, voice, currently, at the moment, at this time, right now, at present, closed, closes, reopen, open, opens,
      opening, hours, weekdays, weekend, holidays, until, returning, return, contact, details, detailed, brief, briefly, shortly,
      will call, will ring, will get, will be, will return, we'll call, we'll get, i'll call, i'll get, i'll ring, i'll return, we will, i will,
      try, later, again, soon, possible, network, mobile, cell, phone number, telephone number, customer, caller, callers, thank you for your call,
      thanks for your call, goodbye, bye, press, dial, unable, cannot, nobody, no one, noone, machine, not able, sleeping,
      tomorrow, message's, monday, tuesday, wednesday, thursday, friday, saturday, sunday, representative, representatives,
      agents, operator, operators, assist you, line is, lines are, important to us, emergency, otherwise, alternatively
    `,
    1: `
      please, sorry, your call, your name, your number, name and number, number, short, calls, away, busy, if you, we are, we're, can't,
      couldn't, not, but, and we, and i, out, our, service, available, talk, text, answer, pick up, phone, speak, hold while,
      wait while, continue to hold, the other line, travelling, traveling
    `,
  },
  person: {
    4: `
      how can i help, how may i help, how could i help, how can we help, how may we help, how can i assist, how may i assist,
      how can i be, how may i direct, how can i direct, may i help, can i help, could i help, what can i do, what can we do, who is calling,
      who's calling, who is this, who's this, who is it, who's there, who am i speaking, this is he, this is she,
      speaking how, speaking what, can i take your, may i take your, can i have your, may i have your, could i have your, may i ask, can you hear,
      who do you want, who are you looking, what's this about, what is this about, is that you, are you there, is anyone there, anybody there, anyone there,
      what do you want, what do you need, what are you, can i ask, could you give me, can you give me, would you like to,
      can i take, may i take, which department, who would you, what kind, what's the, are you a, are you an, are you looking, who can i, where can i, where are you calling
    `,
    3: `
      help you, assist you today, speaking, my name is, my name's, you're speaking, you are speaking, speaking with,
      speaking to, talking to, talking with, hang on, hold on, one second, one sec, just a second, just a sec, just a minute, one moment,
      go ahead, yes speaking, hello yes, hello hello, yes hello, what's up, what is it, looking for, would you, could you,
      can you, do you, are you calling, are you, did you, have you got, at your service, here to help, on the line,
      this is the front desk, front desk, help desk, information desk, how are you
    `,
    2: `
      good morning, good afternoon, good evening, morning, afternoon, hello there, yes, yeah, yep, yup, hiya, hullo, what, who, which, why, today,
      sir, madam, ma'am, reception, residence, hold the line, please hold
    `,
    1: `hello, hi, hey, help, how, it's, my, office, this is, here`,
  },
  screening: {
    4: `
      name and reason, name and why, reason for calling, reason for your call, why you're calling, why you are calling, what you're calling about,
      who is calling and why, screening service, screening this call, screening your call, call screening, being screened,
      call screener, screener, call assist, call assistant, virtual assistant, digital assistant, personal assistant, automated assistant, ai assistant,
      virtual receptionist, virtual secretary, google, siri, is this person available, person is available, try to connect,
      connect you, put you through, put through, who you are and, state your name, say your name, record your name,
      give your name, tell me your name, purpose of your call, let them know, accept your call, take your call if, see if they, see if he, see if she
    `,
    3: `assistant, reason, state your, identify yourself, who you are, person you called, person you're calling, on behalf of, pass it on, before i`,
    2: `screening, screen, your name and, connect, purpose, identify, available to, they're available`,
    1: `your name, name`,
  },
};
