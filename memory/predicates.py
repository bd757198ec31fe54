"""Of which predicates several values hold at once. Pure."""

from __future__ import annotations

from memory.folding import predicate_key

SEVERAL = frozenset(
    map(
        predicate_key,
        (
            *("likes", "dislikes", "loves", "hates", "enjoys", "interested in", "interest", "hobby", "wants", "needs"),
            *("child", "children", "son", "daughter", "sibling", "brother", "sister", "friend", "pet", "knows"),
            *("phone", "email", "speaks", "language", "allergy", "allergic to", "owns", "bought", "sold", "visited"),
            *("works with", "member of", "skill", "note", "tag"),
            *("le gusta", "no le gusta", "le encanta", "odia", "le interesa", "interes", "aficion", "quiere"),
            *("necesita", "hijo", "hija", "hijos", "hermano", "hermana", "amigo", "amiga", "mascota", "conoce"),
            *("telefono", "correo", "habla", "idioma", "alergia", "alergico a", "posee", "compro", "vendio", "visito"),
            *("trabaja con", "miembro de", "habilidad", "nota", "etiqueta"),
        ),
    )
)
SINGLE = frozenset(
    map(
        predicate_key,
        (
            *("lives in", "address", "birthday", "born on", "age", "budget", "price", "status", "marital status"),
            *("works at", "employer", "job", "spouse", "wife", "husband", "name", "time zone", "opening hours"),
            *("vive en", "direccion", "cumpleanos", "nacio el", "edad", "presupuesto", "precio", "estado"),
            *("estado civil", "trabaja en", "empleo", "puesto", "esposa", "marido", "nombre", "zona horaria"),
            *("horario",),
        ),
    )
)


def holds_several(key: str) -> bool | None:
    """None: the table does not say. `key` is a folded predicate."""
    if key in SEVERAL:
        return True
    return False if key in SINGLE else None
