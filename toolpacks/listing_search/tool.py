import csv
import io
import unicodedata

MOST = 10
NUMBERS = ("price", "bedrooms", "bathrooms", "square_feet")
AT_LEAST = {
    "min_price": "price",
    "min_bedrooms": "bedrooms",
    "min_bathrooms": "bathrooms",
    "min_square_feet": "square_feet",
}


def run(args, context):
    found = sorted((row for row in listings() if fits(row, args)), key=lambda row: row["price"])
    return {"count": len(found), "listings": found[:MOST]}


def listings():
    for row in csv.DictReader(io.StringIO(DATA["listings"])):  # noqa: F821 - add_tool puts it at the end of this file
        yield {name: number(value) if name in NUMBERS else value for name, value in row.items() if value}


def fits(row, args):
    if row.get("status") != "active" and not args.get("include_sold"):
        return False
    if "kind" in args and row.get("kind") != args["kind"]:
        return False
    if "max_price" in args and row["price"] > args["max_price"]:
        return False
    if any(row.get(column, 0) < args[name] for name, column in AT_LEAST.items() if name in args):
        return False
    where = plain(" ".join(str(row.get(name, "")) for name in ("address", "neighborhood", "city", "postal_code")))
    return plain(args.get("place", "")) in where


def number(text):
    value = float(text.replace(",", "").replace("$", ""))
    return int(value) if value.is_integer() else value


def plain(text):
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).strip()
