"""One factory for each model: what a valid object needs, and nothing else."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

import factory
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from factory.django import DjangoModelFactory

from accounts.models import Member, Office, User
from consultations.models import OfficeResponse, Round
from groups.models import Group, Membership, Post, Thread
from library.models import Term
from meetings.models import (
    ActionItem,
    ActionUpdate,
    Circulation,
    CirculationItem,
    Day,
    Delegation,
    Document,
    Passage,
    Session,
    Theme,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PASSWORD = "wild-demo-cast-2026"


@cache
def hashed(password: str) -> str:
    """A real hash, computed once for each password: Argon2 is slow on purpose."""
    return make_password(password)


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"user{n}@qz.example")

    @factory.post_generation
    def password(self, create: bool, extracted: str | None, **_: object) -> None:
        self.password = hashed(extracted or PASSWORD)
        self.save(update_fields=["password"])
        EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)


class OfficeFactory(DjangoModelFactory[Office]):
    class Meta:
        model = Office
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"X{chr(65 + n % 26)}")
    kind = Office.Kind.STATE
    names = factory.LazyAttribute(
        lambda o: dict.fromkeys(("en", "fr", "es", "ru", "ar", "zh-hans"), f"Office {o.code}")
    )
    ranks = factory.LazyAttribute(lambda o: dict.fromkeys(("en", "fr", "es", "ru", "ar", "zh-hans"), 900))
    search_text = factory.LazyAttribute(lambda o: " ".join(o.names.values()))
    time_zone = "Europe/Zurich"
    is_demo = True


class MemberFactory(DjangoModelFactory[Member]):
    class Meta:
        model = Member

    office = factory.SubFactory(OfficeFactory)
    role = Member.Role.CONTRIBUTOR
    given_name = "Sample"
    family_name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.LazyAttributeSequence(
        lambda o, n: f"person{n}@{(o.office.code if o.office else 'zz').lower()}.example"
    )
    user = factory.LazyAttribute(lambda o: UserFactory(email=o.email))
    since_on = date(2025, 1, 1)


class GroupFactory(DjangoModelFactory[Group]):
    class Meta:
        model = Group
        django_get_or_create = ("slug",)

    slug = factory.Sequence(lambda n: f"group-{n}")
    name = factory.LazyAttribute(lambda o: o.slug.replace("-", " ").title())
    kind = Group.Kind.FOCUS_GROUP


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    group = factory.SubFactory(GroupFactory)
    member = factory.SubFactory(MemberFactory)
    since_on = date(2026, 1, 1)


class ThreadFactory(DjangoModelFactory[Thread]):
    class Meta:
        model = Thread

    group = factory.SubFactory(GroupFactory)
    title = factory.Sequence(lambda n: f"Topic {n}")
    started_at = NOW - timedelta(days=2)
    started_by = factory.SubFactory(MemberFactory)


class PostFactory(DjangoModelFactory[Post]):
    class Meta:
        model = Post

    thread = factory.SubFactory(ThreadFactory)
    author = factory.LazyAttribute(lambda o: o.thread.started_by)
    posted_at = factory.Sequence(lambda n: NOW - timedelta(days=1) + timedelta(seconds=n))
    text = factory.Sequence(lambda n: f"What is said in post {n}.")


class TermFactory(DjangoModelFactory[Term]):
    class Meta:
        model = Term
        django_get_or_create = ("slug",)

    slug = factory.Sequence(lambda n: f"term-{n}")
    kind, facet = "domain", "strategy"
    labels = factory.LazyAttribute(lambda o: {"en": o.slug})


class SessionFactory(DjangoModelFactory[Session]):
    class Meta:
        model = Session
        django_get_or_create = ("code",)

    number = factory.Sequence(lambda n: 50 + n)
    code = factory.LazyAttribute(lambda o: f"WILD/{o.number}")
    name = "Session"
    starts_on, ends_on = date(2026, 4, 14), date(2026, 4, 16)
    is_published = True


class DayFactory(DjangoModelFactory[Day]):
    class Meta:
        model = Day

    session = factory.SubFactory(SessionFactory)
    number = factory.Sequence(lambda n: n + 1)
    date = date(2026, 4, 14)


class ThemeFactory(DjangoModelFactory[Theme]):
    class Meta:
        model = Theme

    session = factory.SubFactory(SessionFactory)
    number = factory.Sequence(lambda n: n + 1)


class DelegationFactory(DjangoModelFactory[Delegation]):
    class Meta:
        model = Delegation

    session = factory.SubFactory(SessionFactory)
    office = factory.SubFactory(OfficeFactory)
    kind = Delegation.Kind.STATE
    order = factory.Sequence(lambda n: n + 1)
    official_name = factory.LazyAttribute(lambda o: o.office.names["en"])


class DocumentFactory(DjangoModelFactory[Document]):
    class Meta:
        model = Document

    slug = factory.Sequence(lambda n: f"document-{n}")
    titles = factory.LazyAttribute(lambda o: {"en": o.slug.replace("-", " ").title()})
    kind = Document.Kind.WORKING
    visibility = Document.Visibility.PUBLIC


class PassageFactory(DjangoModelFactory[Passage]):
    class Meta:
        model = Passage

    document = factory.SubFactory(DocumentFactory)
    kind = Passage.Kind.PARAGRAPH
    order = factory.Sequence(lambda n: n + 1)
    label = factory.LazyAttribute(lambda o: str(o.order))
    anchor = factory.LazyAttribute(lambda o: f"para-{o.order}")
    text = "A short text."


class ActionItemFactory(DjangoModelFactory[ActionItem]):
    class Meta:
        model = ActionItem

    session = factory.SubFactory(SessionFactory)
    key = factory.Sequence(lambda n: f"k{n}")
    slug = factory.LazyAttribute(lambda o: f"{o.session.code.replace('/', '-')}-{o.key}")
    heading = factory.LazyAttribute(lambda o: f"Heading {o.key}")
    official_text = factory.LazyAttribute(lambda o: f"Official wording of {o.key}")


class ActionUpdateFactory(DjangoModelFactory[ActionUpdate]):
    class Meta:
        model = ActionUpdate

    item = factory.SubFactory(ActionItemFactory)
    status = ActionUpdate.Status.OUTSTANDING
    happened_on = date(2026, 4, 14)
    source = "A source"


class RoundFactory(DjangoModelFactory[Round]):
    """A round in preparation that closes thirteen days after NOW; `opened=True` makes it an open one."""

    class Meta:
        model = Round

    class Params:
        opened = factory.Trait(
            opened_at=NOW - timedelta(days=48), opened_by=factory.SubFactory(UserFactory, is_staff=True)
        )

    kind = Round.Kind.CIRCULATION
    slug = factory.Sequence(lambda n: f"round-{n}")
    titles = {"en": "Next-step actions"}
    opens_at = NOW - timedelta(days=48)
    closes_at = datetime(2026, 12, 3, 22, 59, 59, 999000, tzinfo=UTC)
    answer_path = factory.LazyAttribute(lambda o: f"/circulations/{o.slug}/answer/")


class OfficeResponseFactory(DjangoModelFactory[OfficeResponse]):
    class Meta:
        model = OfficeResponse

    round = factory.SubFactory(RoundFactory, opened=True)
    office = factory.SubFactory(OfficeFactory)
    closes_at = factory.LazyAttribute(lambda o: o.round.closes_at)
    created_at = NOW - timedelta(days=48)


class CirculationFactory(DjangoModelFactory[Circulation]):
    class Meta:
        model = Circulation

    round = factory.SubFactory(RoundFactory)
    introductions = {"en": "What the Secretariat asks."}


class CirculationItemFactory(DjangoModelFactory[CirculationItem]):
    class Meta:
        model = CirculationItem

    circulation = factory.SubFactory(CirculationFactory)
    order = factory.Sequence(lambda n: n + 1)
    key = factory.Sequence(lambda n: f"i{n}")
    heading = factory.LazyAttribute(lambda o: f"Heading {o.key}")
    text = factory.LazyAttribute(lambda o: f"Frozen wording of {o.key}")
