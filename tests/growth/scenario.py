"""What is watched: every step of a message's way, and what runs beside it, on an installation of some size."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from config.health import DatabaseCollector
from messaging import leases, outbox, tidying, turn_begin, work
from messaging.models import Delivery, Session, Work
from messaging.work import Claim
from messaging.worker import carry_turn, worker
from tenants_app.scope import tenant_scope
from tests.growth.watch import Watch
from tests.growth.world import CAROL, World, forget
from tests.house import forget_limits, numbers


def everything(world: World, watch: Watch) -> None:
    """One round. It leaves nothing to do."""
    forget_limits()
    webhooks(world, watch)
    turns_and_sends(world, watch)
    a_session_begins(world, watch)
    a_turn_is_taken_up(world, watch)
    a_turn_is_put_off(world, watch)
    statuses(world, watch)
    claims(world, watch)
    beside(world, watch)
    world.settle()


def webhooks(world: World, watch: Watch) -> None:
    house = world.house
    body = house.whatsapp_body(house.text("Hi again", CAROL))
    with watch.of("webhook"):
        assert house.post_whatsapp(body).status_code == 200
    with watch.of("webhook brought twice"):
        assert house.post_whatsapp(body).status_code == 200
    forget()
    with watch.of("webhook, its account not known yet"):
        house.says("And again", CAROL)
    with watch.of("webhook of a group"):
        world.in_group("Hi all")
    with watch.of("webhook of a new person"):
        house.says("Hello", f"1666{next(numbers):07}")


def turns_and_sends(world: World, watch: Watch) -> None:
    """What the webhooks brought: Carol's two messages, the group's, and the new person's."""
    names = {world.carol.pk: "turn", world.group.pk: "turn in a group"}
    for _ in range(3):
        claim = claimed(world, watch, Work.Kind.TURN, "claim of a turn")
        with watch.of(names.get(claim.conversation_id, "turn of a new person")):
            carry_turn(claim)
    world.send_again()
    claim = claimed(world, watch, Work.Kind.SEND, "claim of a send")
    with watch.of("send"):
        outbox.drain(claim)


def claimed(world: World, watch: Watch, kind: str, name: str) -> Claim:
    with watch.of(name):
        claim = work.claim_next(kind)
    assert claim is not None
    assert claim.tenant_id == world.house.tenant.pk
    return claim


def a_session_begins(world: World, watch: Watch) -> None:
    with tenant_scope(world.house.tenant):
        open_ = Session.objects.filter(conversation=world.carol, closed_at=None)
        before = open_.get()
        open_.update(used_at=timezone.now() - timedelta(days=2))
    carols_turn(world, watch, "turn that begins a session")
    with tenant_scope(world.house.tenant):  # the long one again, for the next round
        open_.update(closed_at=timezone.now())
        newest = {"closed_at": None, "used_at": timezone.now(), "number": next(numbers) * 10_000}
        Session.objects.filter(pk=before.pk).update(**newest)


def carols_turn(world: World, watch: Watch, name: str) -> None:
    world.house.says("And now?", CAROL)
    claim = claimed(world, watch, Work.Kind.TURN, "claim of a turn")
    with watch.of(name):
        carry_turn(claim)


def a_turn_is_taken_up(world: World, watch: Watch) -> None:
    """Its first worker died after it had begun."""
    world.house.says("Still there?", CAROL)
    claim = claimed(world, watch, Work.Kind.TURN, "claim of a turn")
    with watch.of("begin"):
        assert turn_begin.begin(claim) is not None
    world.end_leases()
    claim = claimed(world, watch, Work.Kind.TURN, "claim of a turn")
    with watch.of("turn taken up"):
        carry_turn(claim)


def a_turn_is_put_off(world: World, watch: Watch) -> None:
    world.house.anthropic.post("faults", faults=[{"kind": "error", "status": 529}])
    carols_turn(world, watch, "turn put off")
    world.end_leases()
    with watch.of("claim of one conversation"):
        claim = work.claim_for(world.house.tenant.pk, world.carol.pk, Work.Kind.TURN)
    assert claim is not None
    with watch.of("hint looked at"):
        assert work.hinted_due(claim.tenant_id, claim.conversation_id) is None
    with watch.of("turn tried again"):
        carry_turn(claim)


def statuses(world: World, watch: Watch) -> None:
    house = world.house
    with tenant_scope(house.tenant):
        sent = Delivery.objects.filter(conversation=world.carol, status=Delivery.Status.SENT).order_by("-seq")
        first, second = sent[:2]
    told = {"recipient_id": CAROL, "timestamp": str(int(timezone.now().timestamp())), "status": "delivered"}
    known = {**told, "id": first.external_id, "biz_opaque_callback_data": str(first.pk)}
    with watch.of("status"):
        house.post_whatsapp(house.whatsapp_body(statuses=[known]))
    with watch.of("status told twice"):
        house.post_whatsapp(house.whatsapp_body(statuses=[known]))
    with watch.of("status by the service's id"):
        house.post_whatsapp(house.whatsapp_body(statuses=[{**told, "id": second.external_id}]))
    with watch.of("status of something unknown"):
        house.post_whatsapp(house.whatsapp_body(statuses=[{**told, "id": f"wamid.{next(numbers)}"}]))
    with tenant_scope(house.tenant):
        assert {each.status for each in Delivery.objects.filter(pk__in=[first.pk, second.pk])} == {"delivered"}


def claims(world: World, watch: Watch) -> None:
    with watch.of("sweep with nothing due"):
        worker.sweep()
    with watch.of("metrics with nothing due"):
        list(DatabaseCollector().collect())
    world.make_due(Work.Kind.TURN, others=True)
    for _ in range(3):
        with watch.of("claim where every business has work"):
            assert work.claim_next(Work.Kind.TURN) is not None
    world.settle()
    world.make_due(Work.Kind.SEND, others=False)
    held = [claimed(world, watch, Work.Kind.SEND, "claim where every chat has work") for _ in range(3)]
    own = leases.own_connection()
    with watch.of("heartbeat"):
        assert len(work.renew(held, own)) == len(held)
    own.close()
    with watch.of("lease given back"):
        work.give_back(held[0])
    world.settle()


def beside(world: World, watch: Watch) -> None:
    with watch.of("tidy with nothing idle"):
        tidying.tidy()
    with tenant_scope(world.house.tenant):
        open_ = Session.objects.filter(conversation=world.carol, closed_at=None)
        kept = open_.get()
        open_.update(used_at=timezone.now() - timedelta(days=2))
    with watch.of("tidy"):
        tidying.tidy()
    with tenant_scope(world.house.tenant):
        assert not open_.exists()
        Session.objects.filter(pk=kept.pk).update(closed_at=None, used_at=timezone.now())
