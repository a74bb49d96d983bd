import type { WeightTable } from '../weights.ts';

/** Made by `node test/amd/fit.ts`. */
export const ES: WeightTable = {
  machine: {
    '1.2': `
      <s> hola, hola
    `,
    '1.0': `
      soy
    `,
    '0.9': `
      <s> soy, a, estamos
    `,
    '0.8': `
      el, este, no estoy
    `,
    '0.7': `
      <s> bienvenido, hola soy, manana, manana </s>, sabes, ya sabes
    `,
    '0.6': `
      <s> buzon, <s> este, <s> le, bienvenido, buzon, este numero, mensaje, ya
    `,
    '0.5': `
      <s> el, ahora no, esta en, mensaje </s>, servicio, un, un mensaje
    `,
    '0.4': `
      <s> gracias, a la, al, bienvenido a, no estamos, numero, nuria, su
    `,
    '0.3': `
      <s> buenas, de, el numero, estoy, ha llamado, le, le habla, llamado, nuestra, persona, que usted, y
    `,
    '0.2': `
      bienvenido al, cliente, contestador, diga su, digame, el contestador, es, esta persona, las, llama, llama no,
      llamada, llamado a, lucia, numero que, que llama, quien, quien es, seguros, sur, y no
    `,
    '0.1': `
      <s> buenos, <s> ha, <s> la, a casa, a seguros, al banco, al que, al servicio, ana, atencion, atenderte, banco,
      banco central, casa de, central, central para, centro, comunicado, comunicado con, contestar, de atencion,
      de lucia, deja, deja tu, del, desea, diga, disponible, el asistente, el telefono, en este, encuentra,
      esta llamada, esta llamando, fuera, ha, habla, la clinica, la persona, la que, laura, llamadas, llamado al,
      llamame, llamando, llamando a, llamare, llamare </s>, marta, mensaje y, no, norte, norte si, pedir, persona a,
      puedo atenderte, se encuentra, servicio de, si, si desea, soy el, taller, te llamare, telefono, tu, tu mensaje,
      usted, usted llama, vega, y te
    `,
    '-0.1': `
      <s> espere, <s> muy, <s> si, <s> ya, con, de reservas, es usted, espere, espere un, gracias por, hola </s>, la,
      le paso, llamar a, momento, muy, muy buenas, no le, paso, por, por llamar, que ahora, que no, quiere, reservas,
      ruido, ruido </s>, te
    `,
    '-0.2': `
      <s> estoy, buenos, buenos dias, dias, dias habla, en el, esta, gracias, llamar, llamo, llamo yo, luego, medico,
      para, te llamo, yo
    `,
    '-0.3': `
      me, se
    `,
    '-0.4': `
      <s> se, ahora mismo, buenas noches, conduciendo, en, estoy conduciendo, mismo, no puedo, noches, nombre, pedro,
      puedo, restaurante la, se ha
    `,
    '-0.5': `
      <s> no, <s> restaurante, ahora, buenas, buenas tardes, cuantas, dime, dime </s>, mismo no, para cuantas,
      restaurante, tardes
    `,
    '-0.6': `
      una
    `,
    '-0.8': `
      hablar, puedo hablar
    `,
    '-0.9': `
      estoy en
    `,
  },
  screening: {
    '0.9': `
      <s> hola, hola
    `,
    '0.6': `
      diga, llamadas, su
    `,
    '0.5': `
      <s> buenas, diga su, digame, es, esta persona, las, persona, quien, quien es, soy
    `,
    '0.4': `
      <s> soy, el, estamos, este, hola soy, manana, manana </s>, no estoy
    `,
    '0.3': `
      <s> bienvenido, <s> buzon, <s> este, ahora no, buzon, de, este numero, mensaje, sabes, un mensaje, ya, ya sabes
    `,
    '0.2': `
      <s> el, <s> gracias, <s> le, a, a la, asistente, bienvenido, el asistente, esta en, mensaje </s>, no estamos,
      servicio, soy el, un
    `,
    '0.1': `
      bienvenido a, bienvenido al, cliente, contestador, el contestador, el numero, esta llamada, ha llamado,
      le habla, llama, llamada, llamado, llamado a, llamare, llamare </s>, nuestra, numero, numero que, nuria,
      que usted, si, te llamare, y, y no
    `,
    '-0.1': `
      <s> espere, <s> estoy, <s> muy, <s> si, <s> ya, aqui, con, costa, del, dias habla, en el, espere, espere un,
      esta, gracias por, ha, habla, inmobiliaria, inmobiliaria costa, le paso, llama no, llamar a, llamo, llamo yo,
      luego, me, medico, momento, muy, muy buenas, paso, por, por llamar, que, que no, te, te llamo, yo
    `,
    '-0.2': `
      <s> se, ahora mismo, buenos, buenos dias, dias, dime, dime </s>, gracias, la, llamar, mismo, nombre, para,
      pedro, restaurante la, se, se ha
    `,
    '-0.3': `
      <s> no, <s> restaurante, buenas noches, buenas tardes, conduciendo, cuantas, en, estoy conduciendo, mismo no,
      no, no esta, no puedo, noches, para cuantas, puedo, restaurante, tardes, una
    `,
    '-0.4': `
      ahora, hablar, puedo hablar
    `,
    '-0.5': `
      estoy en
    `,
  },
};
