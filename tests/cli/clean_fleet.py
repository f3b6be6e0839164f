"""Three keys that nobody uses, and two that are to stay."""
from clouds import KIND
from harness import ADMIN, ADMIN_SECRET, OLD, OLD_SECRET


def user(name, *keys):
    return {"name": name, "created_days_ago": 500, "keys": [
        {"id": KIND.key(word), "secret": KIND.secret(word.lower()), "created_days_ago": 400,
         **({} if used is None else {"last_used": {"at_days_ago": used, "service": KIND.service}})}
        for word, used in keys]}


UNUSED_KEYS = {KIND.key("ANNNN"): "ann", KIND.key("BOBBB"): "bob", KIND.key("NEVER"): "never"}
KEPT = {KIND.key("ANWRK"): "ann", OLD: "app"}


def state():
    return KIND.seed([
        {"name": "admin", "id": KIND.user_ids["admin"], "created_days_ago": 400,
         "keys": [{"id": ADMIN, "secret": ADMIN_SECRET, "created_days_ago": 30}]},
        {"name": "app", "id": KIND.user_ids["app"], "created_days_ago": 300,
         "keys": [{"id": OLD, "secret": OLD_SECRET, "created_days_ago": 120,
                   "last_used": {"at_days_ago": 2, "service": KIND.service}}]},
        user("ann", ("ANNNN", 200), ("ANWRK", 1)), user("bob", ("BOBBB", 120)), user("never", ("NEVER", None))])
