import type { PhraseBook } from '../phrases.ts';

export const ES: PhraseBook = {
  voicemail: `
    mensaje*
    recado
    deje/deja/dejenos/dejeme/dejame/dejar ... nombre/numero/datos
    despues de la senal
    despues del tono/bip/pitido
    tras/oir/oiga/escuchar ... senal/tono
    al finalizar el tono
    la senal
    buzon
    contestador*
    grabadora
    no ... disponible/disponibles
    no puedo/puede/podemos/pudimos ... atender*/contestar*/responder*/coger
    no estoy/estamos/esta
    no ... en casa
    te/le/les llamare*
    te/le llamamos
    te/le llamo luego
    devolvere*
    me/nos pondre*
    en contacto
    fuera de la oficina
    fuera del horario
    horario
    nuestras oficinas
    oficinas ... cerrad*
    vacaciones
    intentelo mas
    llame mas tarde
    vuelva a llamar
    en caso de
    ya sabes/sabe
    pitido
  `,
  unreachable: `
    apagado
    fuera de cobertura
    fuera de servicio
    no existe
    numero marcado
    numero que usted/ha
    no se encuentra
    no corresponde
  `,
  menu: `
    marque
    pulse
    oprima
    presione
    digite
    la tecla
    permanezca
    en unos momentos/instantes
    nuestros agentes/operadores/asesores/ejecutivos
    grabada
    grabadas
    calidad
    su llamada es
    para consultar/hablar/informacion/otras/ventas/soporte/asistencia
    opciones
    menu
    extension
  `,
  screening: `
    su/tu nombre y
    diga su/tu
    quien es y
    motivo de
    por que llama
    filtrado
    filtro de
    google
    siri
    asistente*
    virtual
    digital
  `,
  human: `
    en que puedo/podemos/le
    como le/te/puedo
    puedo ayudar*
    puedo servir*
    ayudarle
    quien es
    quien llama/habla
    de parte
    digame
    diga diga
    hola hola
    un momento
    que desea
    mande
  `,
  agent: `
    le/te atiende
    le/te habla
    mi nombre es
    me llamo
    habla con
    habla
    al aparato
    hablando con
    le saluda
    soy
  `,
  reached: `
    ha/has llamado
    esta/estas llamando
    te/se has/ha comunicado
    usted se ha
    el telefono al/que
    el numero
    persona a la
    persona con la
    abonado
    el cliente
    lo siento
    sentimos
    gracias por su llamada
  `,
  company: `
    buenos dias
    buenas tardes/noches
    bienvenido*
    gracias por llamar
    atencion al
    servicio de
    muy buenas/buenos
    centralita
    empresa
    departamento de
    oficina de
  `,
};
