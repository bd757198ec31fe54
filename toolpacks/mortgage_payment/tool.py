from decimal import ROUND_HALF_UP, Decimal, getcontext

CENT = Decimal("0.01")


def run(args, context):
    getcontext().prec = 40
    price, paid_down = number(args["price"]), number(args.get("down_payment", 0))
    if paid_down > price:
        raise ValueError("The down payment is more than the price.")
    loan, months = price - paid_down, args.get("years", 30) * 12
    payment = monthly_payment(loan, number(args["annual_rate"]) / 1200, months)
    extra = (number(args.get("yearly_tax", 0)) + number(args.get("yearly_insurance", 0))) / 12
    extra += number(args.get("monthly_fee", 0))
    return {
        "loan": rounded(loan),
        "months": months,
        "principal_and_interest": rounded(payment),
        "taxes_insurance_and_fees": rounded(extra),
        "monthly": rounded(payment + extra),
        "total_interest": rounded(payment * months - loan),
    }


def monthly_payment(loan, rate, months):
    if rate == 0:
        return loan / months
    growth = (1 + rate) ** months
    return loan * rate * growth / (growth - 1)


def number(value):
    return Decimal(str(value))


def rounded(value):
    return float(value.quantize(CENT, ROUND_HALF_UP))
