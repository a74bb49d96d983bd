import type { Lexicon } from '../lexicon.ts';

export const ES: Lexicon = {
  machine: {
    4: `
      deje su mensaje, deje un mensaje, deja un mensaje, dejanos un mensaje, deja tu mensaje, un mensaje, su mensaje, tu mensaje, despues de la senal, despues del tono,
      despues del bip, despues del pitido, oir la senal, oiga la senal, buzon, buzon de voz, contestador, contestador automatico, le llamaremos, te llamaremos, le llamare,
      te llamare, te llamo, te devuelvo, devolveremos la llamada, devolvere la llamada, me pondre en contacto, nos pondremos en contacto, no esta disponible, no estoy disponible,
      no se encuentra, no podemos atender, no puedo atender, no podemos atenderle, no puedo contestar, no puedo coger, no puedo responder, fuera de cobertura,
      apagado, fuera de servicio, no existe, pulse, marque, oprima, presione, digite, llamada puede ser grabada, puede ser grabada, sera grabada, nuestros agentes, nuestros operadores,
      permanezca en, mantengase en, intentelo mas tarde, llame mas tarde, vuelva a llamar, estamos cerrados, esta cerrada, esta cerrado,
      horario de, nuestro horario, fuera de horario, lo antes posible, en cuanto pueda, en cuanto podamos, tan pronto como, ya sabes que
    `,
    3: `
      mensaje, mensajes, senal, tono, pitido, abonado, ausente, vacaciones, cerrado, cerrada, cerrados, horario, de lunes, a viernes, calidad, grabada, grabado, opcion, opciones,
      menu, extension, tecla, asterisco, almohadilla, numeral, transferida, transferido, desviada, si desea, si quiere, si tiene, si conoce, si llama, si es, para consultas,
      para informacion, para hablar, para otras, para cualquier, para ventas, para soporte, urgencia, urgencias, emergencia, pagina web, nuestra web, correo electronico, www, durmiendo,
      ocupados, ocupadas, siguiente, cola, espera, agente, operador
    `,
    2: `
      ha llamado, has llamado, esta llamando, se ha comunicado, te has comunicado, usted ha, telefono, en este momento, ahora mismo, por el momento, no puedo, no podemos, no estoy, no estamos,
      no, deje, deja, dejar, grabe, lunes, martes, miercoles, jueves, viernes, sabado, domingo, manana, mas tarde, luego, adios, hasta luego, gracias por su llamada, su llamada, tu llamada,
      sentimos, lamentamos, disculpe, hasta el, a partir, volveremos, volvere, llamame, llamenos
    `,
    1: `numero, por favor, nombre y, su nombre, tu nombre, su numero, lo siento, nuestra, nuestro, y te, y le, para, espere, en linea`,
  },
  person: {
    4: `
      en que puedo, en que le puedo, en que podemos, como puedo ayudar, como le puedo, puedo ayudarle, puedo ayudarte, ayudarle, servirle, que desea, quien es, quien habla, quien llama,
      de parte de quien, con quien, digame, diga diga, mande, un momento, un segundo, me puede, me podria, podria, puede decirme, puede indicarme, cual es su, que necesita
    `,
    3: `ayudar, le atiende, le habla, mi nombre es, me llamo, hablando con, al aparato, le saluda, quien, que, cual, si digame, hola hola`,
    2: `diga, hola, si, bueno, alo, buenos dias, buenas tardes, buenas noches, muy buenas, buenas, soy, habla, senor, senora, recepcion, centralita, no cuelgue`,
    1: `aqui`,
  },
  screening: {
    4: `
      motivo de su llamada, motivo de la llamada, razon de su llamada, por que llama, por que esta llamando, su nombre y el motivo, diga quien, quien es y, asistente, asistente virtual,
      google, siri, filtrado, filtro, si esta persona, si puede contestar, la persona a la que, le paso, le comunico con
    `,
    3: `motivo, razon, diga su nombre, digame su nombre, identifiquese, virtual, digital, en nombre de`,
    2: `persona, nombre y`,
    1: `nombre`,
  },
};
