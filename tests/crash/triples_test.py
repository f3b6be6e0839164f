"""Three places of different kinds in one rotation, beside a file and an env file, killed at each request and each change
of a disk, of a deploy and of the way back. KEYBATON_TRIPLE chooses the three; KEYBATON_CRASH_POINTS takes so many of the
points that are the places' own, else all are taken, the journal's with them."""
import os
import sys
import time
import unittest

import killing
from campaign import BACK, DEPLOY, Campaign
from worlds import KIND, OLD, OLD_SECRET, TARGET, World, must
import harness
from clouds import KINDS
from every_place import Maker, Stores, kinds, kms_secrets, shape

# With the two files of every world, and with places_test.py, no kind is missing.
TRIPLES = {
    "cluster": (Maker.pushed, Maker.secrets_manager, Maker.kubernetes),
    "pipeline": (Maker.json, Maker.parameters, Maker.gitlab),
    "programs": (Maker.hook, Maker.fastly, Maker.circle),
    "people": (Maker.panel, Maker.reviewed, Maker.mail),
    "alibaba": (Maker.hiera_gpg, Maker.kms, Maker.aliyun),
}
TRIPLE = TRIPLES[os.environ["KEYBATON_TRIPLE"]]
POINTS = int(os.environ.get("KEYBATON_CRASH_POINTS", 0))
PAIR = (OLD, OLD_SECRET)
SHOWN = "panel.secret"
REVEAL = ("reveal", TARGET, "panel", "--secret-file", SHOWN)
CONFIRM = ("confirm", TARGET, "panel", "--note", "done")
JOURNAL = "/.local/state/keybaton"


class Triple(World):
    def __init__(self):
        self.stores = Stores(PAIR)
        account = {**harness.STATE["accounts"][0], **({"secrets": kms_secrets(PAIR)} if KIND.has_bin else {})}
        super().__init__(state={**harness.STATE, "accounts": [account]})
        self.begin = self.shapes(PAIR)
        must(self.run("rotate", TARGET, "--yes", "--through", "create", "--json").code == 0, "the create")
        self.remember("created")
        if Maker.panel in TRIPLE:
            must(self.run(*DEPLOY, "--json").code == 4, "a person is waited for")
            must(self.run(*REVEAL).code == 0, "the pair is shown")
            self.remember("asked")
            self.person()
            self.remember("answered")
        to_the_end(self, DEPLOY, "deployed")
        self.remember("deployed")

    def config(self, *words, **how):
        self.maker = Maker(self, PAIR, self.stores)
        self.places = [make(self.maker) for make in TRIPLE]
        super().config(*words, **{**how, "extra": "".join(place.line for place in self.places)})
        file, aws = self.home / ".config/keybaton/config.yaml", self.stores.urls["aws"]
        if KIND.name == "aws":
            file.write_text(file.read_text().replace(
                "endpoints: {", f'endpoints: {{secretsmanager: "{aws}", ssm: "{aws}", '))

    def shapes(self, pair):
        return {place.name: shape(place.text(), pair) for place in self.places if place.text}

    def remember(self, name):
        super().remember(name)
        self.stores.say("keep " + name)

    def back_to(self, name):
        super().back_to(name)
        self.stores.say("back " + name)

    def pair(self):
        """As the file of the cloud's own tools has it."""
        return KIND.pair_in(self.credentials.read_text(), "app")

    def all_hold(self, key):
        must(self.held() == self.env_held() == key, "a file holds another key", key)
        now = self.shapes(self.pair())
        for name, text in now.items():
            must(text == self.begin[name], f"{name} is not as it was but for the pair", text, self.begin[name])
        must(self.run("history", "verify", "--json").json["ok"], "the chain")

    def person(self):
        """Does what a stop waits for: puts the pair into the panel, and merges what is proposed."""
        waiting = {each["name"]: each["state"] for each in self.rotation()["locations"]}
        if waiting.get("panel") not in (None, "confirmed"):
            (self.home / SHOWN).unlink(missing_ok=True)
            self.run(*REVEAL)
            self.run(*CONFIRM)
        if "reviewed" in waiting:
            self.maker.merge()

    def close(self):
        self.stores.close()
        super().close()
        must(self.stores.odd == "", self.stores.odd)


def to_the_end(world, words, state):
    """As the hints say, and people do what is theirs."""
    said = []
    for _ in range(12):
        run = world.run(*words, "--json")
        said.append(f"{run.code}: {run.out} {run.err}")
        if run.code == 0:
            break
        must(run.code in (3, 6) or run.code == 4 and run.json["next"]["needs"] == ["manual"], "an odd stop", *said)
        words = ("resume", *words[1:]) if world.rotation()["direction"] == "back" else words
        words = [word for word in words if not word.startswith(("--reason", "test"))]
        world.person()
    rotation = world.rotation()
    must(rotation["state"] == state, rotation["state"], *said)
    world.all_hold(OLD if state == "rolled_back" else rotation["new_key"])


def deployed(world):
    to_the_end(world, DEPLOY, "deployed")


def rolled_back(world):
    turned = world.rotation()["direction"] == "back"
    to_the_end(world, ("resume", TARGET, "--yes") if turned else BACK, "rolled_back")


def chosen(points):
    if not POINTS:
        return points
    own = [point for point in points if not point.about.startswith(JOURNAL)]
    if len(own) < POINTS:  # a word that goes into the journal alone
        own = points
    return own[len(own) // POINTS // 2::max(1, len(own) // POINTS)]


class KilledWhileThreePlacesAreWritten(unittest.TestCase):
    def killed(self, moment, words, finish):
        campaign = Campaign(moment, words, finish, prepare=lambda _: None, world=Triple)
        self.addCleanup(campaign.close)
        began = time.monotonic()
        _, points, _, _ = campaign.points(campaign.all[0])
        taken = chosen(points)
        bad = campaign.run(taken)
        print(f"{os.environ['KEYBATON_TRIPLE']}, {moment}: killed at {len(taken)} of {len(points)} calls, "
              f"{len(bad)} ended badly, {time.monotonic() - began:.0f} s", file=sys.stderr)
        self.assertGreater(len(taken), 5)
        self.assertFalse(bad, "\n".join(bad[:5]))

    def test_the_deploy_is_brought_to_its_end(self):
        self.killed("created", DEPLOY, deployed)

    def test_the_way_back_is_brought_to_its_end(self):
        self.killed("deployed", BACK, rolled_back)


    @unittest.skipUnless(Maker.panel in TRIPLE, "nobody is asked here")
    def test_a_persons_word_and_what_follows_it_are_brought_to_the_end(self):
        self.killed("asked", CONFIRM, deployed)
        self.killed("answered", DEPLOY, deployed)


class EveryKind(unittest.TestCase):
    def test_is_killed_somewhere(self):
        house, stores = harness.House(), Stores(PAIR)
        self.addCleanup(house.close)
        self.addCleanup(stores.close)
        maker = Maker(house, PAIR, stores)
        here = {make(maker).type for triple in TRIPLES.values() for make in triple}
        files = {kind.file_type for kind in KINDS.values()} | {"env-file"}
        self.assertEqual(here | files | {"vault-kv2", "github-actions"}, kinds(house))


if __name__ == "__main__":
    killing.run_suite()
