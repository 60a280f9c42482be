"""GET /buckets."""

from tests import people
from tests.wire.client import Wire, page_of, told


def test_shows_what_one_was_assigned_and_where_ones_paths_begin(marks, mark):
    private = people.press_bucket(description="For the press.", root_path="share/")
    public = people.press_bucket(display_name="Shop", cloudfront_base_url="https://cdn.example.org/")
    people.press_bucket(display_name="Finance")
    people.assign(mark, private, allow_delete=True)
    people.assign(mark, public, root="", allow_upload=False)

    assert marks.get("/buckets").json() == [
        {
            "id": str(private.pk),
            "display_name": "Press kit",
            "description": "For the press.",
            "cloudfront_base_url": None,
            "root_path": "share/projects/marketing/",
            "allow_delete": True,
            "allow_upload": True,
        },
        {
            "id": str(public.pk),
            "display_name": "Shop",
            "description": "",
            "cloudfront_base_url": "https://cdn.example.org",
            "root_path": "",
            "allow_delete": False,
            "allow_upload": False,
        },
    ]


def test_shows_administrators_all_with_every_right(wire, ada, press):
    people.press_bucket(display_name="Archive", root_path="old/")
    wire.sign_in(ada.email)

    rows = wire.get("/buckets").json()

    assert [(row["display_name"], row["root_path"]) for row in rows] == [
        ("Archive", "old/"),
        ("Press kit", ""),
    ]
    assert {(row["allow_delete"], row["allow_upload"]) for row in rows} == {(True, True)}


def test_shows_nothing_to_whom_nothing_was_assigned(wire, uma, press):
    wire.sign_in(uma.email)

    assert wire.get("/buckets").json() == []


def test_tells_no_credentials(marks, mark, press):
    people.assign(mark, press)

    assert b"sealed" not in marks.get("/buckets").content


def test_costs_two_queries(marks, mark, django_assert_num_queries):
    for number in range(3):
        people.assign(mark, people.press_bucket(display_name=f"Bucket {number}"))

    with django_assert_num_queries(2):
        assert len(marks.get("/buckets").json()) == 3


def test_takes_a_right_away_at_once(marks, mark, press):
    assignment = people.assign(mark, press)
    assert len(marks.get("/buckets").json()) == 1

    assignment.delete()

    assert marks.get("/buckets").json() == []


def test_takes_the_session_of_a_page(mark, press):
    people.assign(mark, press)

    assert [row["id"] for row in page_of(mark).get("/buckets").json()] == [str(press.pk)]


def test_is_for_nobody_without_credentials():
    assert told(Wire().get("/buckets")) == (401, "UNAUTHORIZED")


def test_is_read_only(marks):
    assert told(marks.post("/buckets", {})) == (405, "METHOD_NOT_ALLOWED")
