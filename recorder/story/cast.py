"""The invented people of the recordings.

Nobody here exists. Every card passes the Luhn check, SNILS and INN pass
theirs; phones stand in the spellings that Russian customers type.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Person:
    user_id: str
    name: str
    email: str
    phone: str
    card: str
    address: str
    comment: str = ""
    documents: dict = field(default_factory=dict)


IRINA = Person(
    user_id="user-10241",
    name="Ирина Ветроградова",
    email="irina.vetrogradova@pochta.example",
    phone="+7 (912) 645-37-18",
    card="4276165260181599",
    address="620014, Екатеринбург, ул. Малахитовая, д. 17, кв. 42",
    comment="Гравировка внутри кольца, звонить после шести",
    documents={"passport": "6509 418273", "snils": "444-744-986 21", "inn": "770047439502"},
)
SLOW = Person(
    user_id="user-10418",
    name="Тимофей Златоустов",
    email="t.zlatoustov@samotsvet.example",
    phone="8 912 377 40 26",
    card="5469 1318 6091 3900",
    address="454091, Челябинск, пр. Ленина Старого, д. 5, кв. 118",
    comment="Модель тиары, 26 тысяч полигонов",
)
SHORT = [
    Person(
        user_id="user-10433",
        name="Агния Перламутрова",
        email="agnia.perlamutrova@pochta.example",
        phone="79226183094",
        card="4276169960308247",
        address="614000, Пермь, ул. Кварцевая, д. 3",
    ),
    Person(
        user_id="user-10434",
        name="Gwendolyn Ashgrove",
        email="gwen.ashgrove@lettermail.example",
        phone="+79261750482",
        card="2200-7062-8194-8212",
        address="Moscow, Topazovy pereulok 21, office 6",
    ),
    Person(
        user_id="user-10435",
        name="Мирон Чернозубцев",
        email="miron.chernozubtsev@pochta.example",
        phone="+7-903-518-62-97",
        card="5469139935181908",
        address="443010, Самара, ул. Рубиновая, д. 44, кв. 9",
    ),
    Person(
        user_id="user-10436",
        name="Василиса Огранщикова",
        email="vasilisa@самоцветы-почта.рф",
        phone="8(914)226-71-35",
        card="4276 1693 7865 7979",
        address="664003, Иркутск, ул. Лазуритовая, д. 2, кв. 31",
    ),
]
REJECTED = Person(
    user_id="user-10502",
    name="Платон Гранатников",
    email="platon.granatnikov@kamen.example",
    phone="8-950-641-08-73",
    card="2200705432319489",
    address="622001, Нижний Тагил, ул. Яшмовая, д. 12",
    documents={"passport": "7514 226091", "inn": "776516761243"},
)
DEAD_LETTERED = Person(
    user_id="user-10503",
    name="Евдокия Хризолитова",
    email="evdokia_hrizolitova@kamen.example",
    phone="+7 951 480 27 66",
    card="5469 1375 7491 1866",
    address="640000, Курган, ул. Опаловая, д. 9, кв. 27",
    documents={"oms": "7788871803340188", "inn": "773043483979"},
)
SKIPPED = Person(
    user_id="user-10588",
    name="Савелий Бирюзов-Новак",
    email="saveliy.biryuzov@pochta.example",
    phone="+7(919)3547201",
    card="4276162527601899",
    address="603000, Нижний Новгород, ул. Аметистовая, д. 61",
    documents={"oms": "7754862057986826", "snils": "931-129-374 90"},
)
DASHBOARD = [
    Person(
        user_id="user-10610",
        name="Фёкла Изумрудская",
        email="fekla.izumrudskaya@samotsvet.example",
        phone="+7 (982) 604-19-53",
        card="2200705559797111",
        address="625000, Тюмень, ул. Сердоликовая, д. 30, кв. 8",
    ),
    Person(
        user_id="user-10611",
        name="Bartholomew Quillfeather",
        email="b.quillfeather@lettermail.example",
        phone="79043382716",
        card="371449638528083",
        address="Kazan, Zhemchuzhnaya ulitsa 77, entrance 2",
    ),
]
BROKEN_MODEL = Person(
    user_id="user-10702",
    name="Аристарх Самородков",
    email="aristarh.samorodkov@pochta.example",
    phone="+7 (965) 412-88-30",
    card="5469134710497462",
    address="690001, Владивосток, ул. Кораллова, д. 14",
)
TWICE = Person(
    user_id="user-10703",
    name="Ксения Пиритова",
    email="ksenia.piritova.full@zabitaya.example",
    phone="8 (383) 771-42-00",
    card="4276 1650 7529 1708",
    address="630099, Новосибирск, ул. Нефритовая, д. 70, кв. 2",
    comment="Second account by mistake",
    documents={"passport": "5014 903356", "snils": "186-227-483 95", "oms": "7722029729975285"},
)
DECLINED = Person(
    user_id="user-10704",
    name="Cornelius Vandersteen",
    email="cornelius@vandersteen-atelier.example",
    phone="+7 906 215 93 44",
    card="2200384148525388853",
    address="Sochi, Agatovaya naberezhnaya 19, villa 3",
    documents={"passport": "NLD BX4471920"},
)
# The card that the same person paid with before the one that went through.
DECLINED_CARD = "2200703423667123"
# A phone of the kind that only an agency's number list has.
AGENCY_PHONE = "8 (343) 287-16-00"
PARTNER_CUSTOMER = Person(
    user_id="user-20017",
    name="Seraphina Montclaire-Roux",
    email="seraphina.montclaire@aurum-partner.example",
    phone="+7 (495) 771-20-64",
    card="5469137684268462",
    address="Moscow, Brilliantovy proezd 11, building 4",
    comment="Partner order, gift box; recipient Лукерья Топазова",
    documents={"passport": "FRA 19CK48830", "inn": "772279180571"},
)
PARTNER_RECIPIENT = "Лукерья Топазова"

# Who answers for a service, in the resource of each of its spans.
OWNERS = {
    "shop-api": {
        "service.owner.email": "efim.raskatov@alexandrite.example",
        "service.owner.phone": "+7 (800) 550-63-81",
    },
    "mes-api": {
        "service.owner.email": "n.kuvshinnikova@alexandrite.example",
        "service.owner.phone": "88005506382",
    },
    "crm-api": {"service.owner.name": "Глафира Подсолнухова"},
}
