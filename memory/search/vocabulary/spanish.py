"""Spanish: folded, groups between strokes."""

from __future__ import annotations

MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"

# Forms of one word that the stemmer does not join, and words made of it.
FORMS = """
    abrir abrio abierto abierta apertura / acordar acuerda acuerdo / ayudar ayuda ayudo / bailar baile /
    caer cae cayo caigo caida / casar casaron boda casada casado / cenar cena / cocinar cocina /
    comenzar comenzo comienza / comer comida come / comprar compra compro /
    conocer conocio conocimos conocieron conozco conoci / conseguir consiguio consigue consigo /
    contar conto cuenta cuento / costar costo cuesta costado / cubrir cubierto / dar di dio doy dieron dado /
    decir dije dijo dice digo dicho dijeron / doler dolor duele / dormir durmio duerme duermo /
    elegir eligio elige elegido / empezar empezo empieza empece / encontrar encontro encuentra encontre /
    enfermar enfermo enferma enfermedad / entrar entrada / escribir escribio escrito / estar estuve estuvo estaba /
    firmar firma firmo / hacer hice hizo hago hecho hicimos hicieron haciendo /
    ir fue fui fuimos fueron iba ido voy vamos va van iremos ire / jugar jugo juega juego / leer leyo leo leido /
    llamar llamada llama / llegar llegue llegada / mentir mintio miente / morir murio muere muerto muerta muerte /
    mostrar mostro muestra / mover movio mueve / mudar mudanza mudo / nacer nacio nacimiento / oir oyo oigo oye /
    operar operacion operaron / pagar pago pague / pedir pidio pide pido pedi / pensar penso piensa pienso /
    perder perdio pierde pierdo perdida / poder pude pudo puedo puede podia /
    poner puse puso pongo puesto pone pusieron / probar probo prueba / querer quise quiso quiero quiere queria /
    recordar recuerda recuerdo / regalar regalo regala / resolver resuelto / romper rompio roto rota /
    saber supe supo sabe se / salir salgo salio sali / seguir siguio sigue sigo / sentir sintio siente siento /
    ser era eres son soy somos es / sonar suena sueno / tener tuve tuvo tengo tiene tenia tuvimos /
    trabajar trabajo trabaja / traer traje trajo traigo trae / vender venta vendio vendido /
    venir vine vino vengo viene vinieron / ver vi vio visto veo vimos / viajar viaje viajo / visitar visita visito /
    volver volvio vuelve vuelvo vuelto vuelta
"""

# What is also said for the word before the colon, or what people name who are asked for a thing of its kind.
ALIKE = """
    abrir: inaugurar apertura / abuela: abuelita yaya / abuelo: abuelito yayo / acabar: terminar /
    accidente: caer golpe / agencia: inmobiliaria / alquilar: rentar / alquiler: renta alquilar / amigo: amiga /
    anos: edad / apartamento: piso / apodo: llamar / aprender: clase / arreglar: reparar / averia: estropear romper /
    ayudar: apoyo / bebe: nino / bebida: cafe cerveza vino / boda: casar / caer: caida / caida: caer /
    cambiar: cambio / cancion: cantar / carro: coche / casa: piso hogar / celebrar: fiesta / cena: cenar /
    cine: pelicula / cita: reunion / ciudad: pueblo / clase: curso / cliente: comprador / coche: carro auto /
    cocinar: receta / colegio: escuela cole / color: rojo azul verde amarillo negro blanco / comenzar: empezar /
    comida: comer plato / companero: colega / comprar: adquirir / concierto: tocar / concurso: premio /
    construir: obra / contento: feliz / contrato: firmar / costar: precio euros pesos / cumpleanos: cumplir /
    cumplir: cumpleanos / dejar: abandonar / departamento: piso / deporte: futbol tenis natacion correr nadar /
    desayuno: desayunar / dia: fecha / dinero: euros pesos / doctor: medico / dolor: doler / edad: anos /
    empezar: comenzar / empleo: trabajo / empresa: negocio compania / encantar: gustar / enfadado: enojado /
    enfermedad: enfermo / enfermo: malo / escuela: colegio / esposa: mujer / esposo: marido / estudiar: aprender /
    examen: prueba / exposicion: galeria / fallecer: morir / favorito: preferido / fecha: dia /
    feliz: contento alegre / fiesta: celebrar / foto: fotografia retrato / fotografia: foto / fumar: cigarro tabaco /
    ganar: premio / gato: gatito / gustar: encantar / hablar: charlar platicar / herida: golpe / hermano: hermana /
    hermanos: hermano hermana / hija: nina / hijo: nino / hijos: nino hijo hija / hipoteca: prestamo /
    hospital: clinica / inaugurar: abrir apertura / inmobiliario: casa piso /
    instrumento: guitarra piano violin bateria bajo / intentar: probar / jefe: jefa / leer: libro / lesion: romper /
    libro: leer novela / llamar: telefono / llamarse: nombre llamar bautizar / madre: mama / maestro: profesor /
    marido: esposo / mascota: perro gato / medicamento: pastilla / medicina: pastilla / medico: doctor /
    miedo: susto asustar / montana: cerro / morir: fallecer / motivo: porque / movil: celular telefono /
    mudanza: mudar / mudarse: mudanza / mujer: esposa / nacer: nacimiento / nadar: natacion piscina /
    natacion: nadar piscina / negocio: empresa tienda / nino: hijo crio peque / nombre: llamar bautizar /
    novia: pareja / novio: pareja / obra: reforma / oferta: ofrecer / oficina: despacho / operacion: operar cirugia /
    ordenador: computadora / padre: papa / padres: madre padre mama papa / pareja: novio novia marido mujer /
    pelicula: cine / perro: cachorro / piscina: nadar / piso: apartamento departamento depa casa / playa: mar /
    precio: costar valer / premio: ganar / problema: lio / profesion: trabajo / profesor: maestro monitor /
    propiedad: casa piso / razon: porque / reforma: obra / regalar: regalo / regalo: regalar / reparar: arreglar /
    restaurante: bar / reunion: cita / robar: robo / robo: robar / ropa: vestido camisa / terminar: acabar /
    tiempo: lluvia / tienda: negocio local / trabajar: curro chamba / trabajo: curro chamba empleo / triste: llorar /
    universidad: facultad / vacaciones: viaje / vecino: vecina / vender: venta / viajar: viaje vuelo / viaje: viajar /
    vivienda: casa piso / vuelo: avion
"""
