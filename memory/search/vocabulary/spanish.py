"""Spanish: folded, groups between strokes."""

from __future__ import annotations

MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"

# Forms of one word that the stemmer does not join, and words made of it.
FORMS = """
    abrir abrio abierto abierta apertura / acordar acuerda acuerdo / adquirir adquirio adquisicion / ahorrar ahorro /
    alergia alergico alergica / alquilar alquilo alquila alquiler / apostar aposto apuesta / aprender aprendio /
    atender atendio atiende / ayudar ayuda ayudo / bailar baile / caer cae cayo caigo caida /
    calentar calento calienta / cantar canto cancion cantante / casar casaron boda casada casado / cazar caza /
    celebrar celebro celebracion / cenar cena / cerrar cerro cierra cerrado cierre / cobrar cobro /
    cocer cocio cuece / cocinar cocina / colgar colgo cuelga / comenzar comenzo comienza / comer comida come /
    competir compitio competicion / comprar compra compro / conducir condujo conduce /
    conocer conocio conocimos conocieron conozco conoci / conseguir consiguio consigue consigo /
    construir construyo construye construccion / contar conto cuenta cuento / contratar contrato contratacion /
    corregir corrigio corrige / correr corrio carrera / costar costo cuesta costado / crecer crecio crecimiento /
    creer creyo cree / cubrir cubierto / cuidar cuido cuidado / dar di dio doy dieron dado / deber debe deuda /
    decir dije dijo dice digo dicho dijeron / defender defendio defiende / despedir despidio despido despide /
    despertar desperto despierta / destruir destruyo / detener detuvo detiene / divertir divirtio divierte diversion /
    divorciar divorcio / doler dolor duele / dormir durmio duerme duermo / elegir eligio elige elegido /
    embarazada embarazo / empezar empezo empieza empece / encontrar encontro encuentra encontre /
    enfermar enfermo enferma enfermedad / ensenar enseno ensenanza / entender entendio entiende / entrar entrada /
    enviar envio envia / escribir escribio escrito / escuchar escucho / estudiar estudio estudiante /
    firmar firma firmo / firmar firmo firma / freir frito / ganar gano ganador / gastar gasto / graduar graduacion /
    hacer hice hizo hago hecho hicimos hicieron haciendo / herir hirio herida herido / huir huyo / incluir incluyo /
    invertir invirtio inversion / invitar invito invitacion / ir iba ido voy vamos va van iremos /
    jubilar jubilo jubilacion / jugar jugo juega juego / leer leyo leo leido / llamar llamada llama /
    llegar llegue llegada / llover llovio llueve lluvia / mantener mantuvo mantiene / medir midio mide medida /
    mejorar mejoro mejora / mentir mintio miente / merendar merienda / morir murio muere muerto muerta muerte /
    mostrar mostro muestra / mover movio mueve / mudar mudanza mudo / nacer nacio nacimiento / nadar nado natacion /
    negar nego niega / nevar nevo nieva nieve / obtener obtuvo obtiene / ofrecer ofrecio ofrece oferta /
    oir oyo oigo oye / operar operacion operaron / pagar pago pague / pedir pidio pide pido pedi /
    pensar penso piensa pienso / perder perdio pierde pierdo perdida / pescar pesca / pintar pinto pintura pintor /
    poder pude pudo puedo puede podia / poner puse puso pongo puesto pone pusieron / preferir prefirio prefiere /
    prestar presto prestamo / probar probo prueba / producir produjo produce / proponer propuso propuesta /
    quebrar quebro quiebra / querer quise quiso quiero quiere queria / recordar recuerda recuerdo /
    regalar regalo regala / reir rio rie risa / renovar renovo renueva renovacion / renunciar renuncia /
    reparar reparo reparacion / repetir repitio repite / reservar reserva reservo / resolver resuelto /
    reunir reunio reunion / robar robo / romper rompio roto rota / saber supe supo sabe / salir salgo salio sali /
    seguir siguio sigue sigo / sentir sintio siente siento / servir sirvio sirve servicio / sonar suena sueno /
    sonreir sonrio / sugerir sugirio sugiere / suponer supuso / tasar tasacion / trabajar trabajo trabaja /
    traer traje trajo traigo trae / tropezar tropezo tropieza / vender venta vendio vendido /
    venir vine vino vengo viene vinieron / ver vi vio visto veo vimos / vestir vistio vestido / viajar viaje viajo /
    visitar visita visito / volar volo vuela vuelo / volver volvio vuelve vuelvo vuelto vuelta
"""

# What is also said for the word before the colon, or what people name who are asked for a thing of its kind.
ALIKE = """
    abogado: legal / abrir: inaugurar apertura / abuela: abuelita yaya / abuelo: abuelito yayo / acabar: terminar /
    accidente: caer golpe / aceptar: acepto si / aeropuerto: vuelo / agencia: inmobiliaria / agente: inmobiliaria /
    agobiado: estresado / agotado: cansado / ahorros: ahorrar / albanil: obra / alergia: alergico /
    almuerzo: comida comer / alquilar: rentar / alquiler: renta alquilar / amigo: amiga / animal: perro gato caballo /
    aniversario: anos / anos: edad / anular: cancelar / apartamento: piso / aplazar: retrasar / apodo: llamar /
    aprender: clase / arbol: arboles / arras: senal / arreglar: reparar / ascenso: ascender / ascensor: elevador /
    atico: piso / autobus: bus camion / averia: estropear romper / avion: vuelo / ayudar: apoyo / bailar: baile /
    bajar: rebajar / balcon: terraza / bano: ducha / barato: barata / barco: bote / barrio: zona colonia /
    bautizo: bautizar / bebe: nino embarazo / beber: tomar / bebida: cafe cerveza vino / boda: casar /
    boleto: entrada / bonita: linda preciosa / bonito: lindo precioso / bosque: arboles / buscar: encontrar /
    caballo: yegua / caer: caida / caida: caer / calle: avenida / camarero: mesero / cambiar: cambio /
    cancelar: anular / cancer: tumor / cancion: cantar / cansado: agotado / carne: vegetariano / caro: cara euros /
    carrera: universidad / carro: coche / casa: piso hogar / casero: alquiler dueno / celebrar: fiesta / cena: cenar /
    ceramica: barro / chica: muchacha chava / chico: muchacho chavo / cine: pelicula / cita: reunion /
    ciudad: pueblo / clase: curso / cliente: comprador / coche: carro auto / cochera: garaje / cocina: horno /
    cocinar: receta / cocinero: chef / coger: tomar / colegio: escuela cole /
    color: rojo azul verde amarillo negro blanco / comenzar: empezar / comida: comer plato / comision: porcentaje /
    companero: colega / comprador: cliente / comprar: adquirir / concierto: tocar / concurso: premio /
    conseguir: lograr / construir: obra / contento: feliz / contrato: firmar / corazon: infarto /
    correo: email mensaje / correr: carrera maraton / coser: costura / costar: precio euros pesos / crio: nino /
    cuadro: pintura / cuarto: habitacion dormitorio / cumpleanos: cumplir / cumplir: cumpleanos /
    curar: recuperar mejor / decidir: decision / decision: decidir / dejar: abandonar / dentista: diente muela /
    departamento: piso / deporte: futbol tenis natacion correr nadar / deposito: fianza / desayuno: desayunar /
    descansar: dormir / descuento: rebaja / despedir: echar / desvan: atico / deuda: deber / dia: fecha /
    diario: periodico / dibujo: dibujar / dieta: comer / dinero: euros pesos / direccion: calle /
    discutir: pelear bronca / divorcio: separado / doctor: medico / documento: papeles / dolor: doler /
    dormitorio: habitacion cuarto / dueno: propietario / edad: anos / ejercicio: gimnasio / electricista: luz /
    elegir: escoger / elevador: ascensor / embarazada: embarazo espera / embarazo: embarazada / empezar: comenzar /
    empleo: trabajo / empresa: negocio compania / encantar: gustar / encontrar: hallar / enfadado: enojado /
    enfermedad: enfermo / enfermera: hospital / enfermo: malo / entierro: funeral / entrada: boleto /
    entrevista: trabajo / enviar: mandar / equipaje: maleta / escalar: escalada / escoger: elegir / escuela: colegio /
    esposa: mujer / esposo: marido / esquiar: esqui / estresado: agobiado / estudiar: aprender / examen: prueba /
    exposicion: galeria / factura: recibo / fallecer: morir / familia: parientes / favorito: preferido / fecha: dia /
    feliz: contento alegre / fianza: deposito / fiebre: gripe / fiesta: celebrar / fisioterapeuta: fisio /
    flor: rosa / fontanero: plomero tuberia / foto: fotografia retrato / fotografia: foto / fruta: manzana naranja /
    fuego: incendio / fumar: cigarro tabaco / funeral: entierro / galeria: exposicion / ganar: premio /
    garaje: cochera / gato: gatito / gimnasio: ejercicio / grande: enorme / gripe: resfriado fiebre /
    guarderia: escuela / gustar: encantar / habitacion: cuarto dormitorio / hablar: charlar platicar / herida: golpe /
    hermano: hermana / hermanos: hermano hermana / hija: nina / hijo: nino / hijos: nino hijo hija /
    hipoteca: prestamo / hospital: clinica / idioma: ingles frances aleman / impuesto: hacienda /
    inaugurar: abrir apertura / incendio: fuego / inmobiliario: casa piso / inquilino: alquiler /
    instrumento: guitarra piano violin bateria bajo / intentar: probar / isla: playa / jardin: patio / jefe: jefa /
    joven: chico / jubilado: jubilar pension / juicio: juez / leer: libro / lesion: romper / libro: leer novela /
    lindo: bonito / llamar: telefono / llamarse: nombre llamar bautizar / llave: llaves / lograr: conseguir /
    madre: mama / maestro: profesor / maleta: equipaje / mandar: enviar / maraton: correr carrera / marido: esposo /
    mascota: perro gato / medicamento: pastilla / medicina: pastilla / medico: doctor / mensaje: correo /
    mesero: camarero / metros: superficie / miedo: susto asustar / montana: cerro / morir: fallecer / motivo: porque /
    movil: celular telefono / muchacho: chico / mudanza: mudar / mudarse: mudanza / mujer: esposa /
    museo: galeria exposicion / nacer: nacimiento / nadar: natacion piscina / natacion: nadar piscina /
    navidad: navidades nochebuena / negocio: empresa tienda / nieto: nieta / nietos: nieto nieta / nieve: nevar /
    nino: hijo crio peque / nombre: llamar bautizar / nota: notas / novia: pareja / novio: pareja / obra: reforma /
    oferta: ofrecer / oficina: despacho / olvidar: olvido / operacion: operar cirugia / ordenador: computadora /
    orgulloso: orgullo / padre: papa / padres: madre padre mama papa / pagar: abonar / pago: pagar /
    pajaro: loro ave / pan: masa hogaza / papeles: documentos / paquete: envio / pareja: novio novia marido mujer /
    pastel: tarta / patio: jardin terraza / pelear: discutir / pelicula: cine / pequeno: chico / periodico: diario /
    perro: cachorro / pintura: cuadro pintar / piscina: nadar / piso: apartamento departamento depa casa /
    plan: planear / planta: flor maceta / playa: mar / plomero: fontanero / poema: poesia / policia: denuncia /
    postre: pastel tarta / precio: costar valer / premio: ganar / preocupado: preocupa / presupuesto: euros /
    primo: prima / problema: lio / profesion: trabajo / profesor: maestro monitor / prometer: promesa /
    propiedad: casa piso / propietario: dueno / psicologo: terapia / puesto: trabajo cargo / querer: desear /
    rapido: deprisa / razon: porque / rebaja: descuento bajar / rechazar: no / recibo: factura / recordar: acordarse /
    recuperar: mejor / reforma: obra / regalar: regalo / regalo: regalar / rehabilitacion: fisio / reparar: arreglar /
    restaurante: bar / retrasar: tarde aplazar / reunion: cita / revista: articulo / rio: agua / robar: robo /
    robo: robar / ropa: vestido camisa / salario: sueldo / salon: sala / senal: arras / separar: separado divorcio /
    serie: tele / sobrino: sobrina / sobrinos: sobrino sobrina / solo: sola soledad / sopa: caldo /
    sorpresa: sorprender / sotano: bodega / subir: aumentar / suegro: suegra / sueldo: salario ganar / tarta: pastel /
    teatro: obra / techo: tejado / tejado: techo / television: tele / terminar: acabar / terraza: balcon /
    tiempo: lluvia / tienda: negocio local / tio: tia / tomar: beber / tormenta: viento / trabajar: curro chamba /
    trabajo: curro chamba empleo / tren: estacion / triste: llorar / universidad: facultad / vacaciones: viaje /
    vacuna: vacunar / vecino: vecina / vegetariano: carne / vendedor: dueno propietario / vender: venta /
    verdura: tomate patata / veterinario: veterinaria / viajar: viaje vuelo / viaje: viajar / viejo: anciano /
    visita: ver ensenar / vivienda: casa piso / vuelo: avion / zona: barrio
"""
