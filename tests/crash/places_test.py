"""Three places of different kinds in one rotation - a file, a secret with compare-and-set, a store that shows nothing -
killed at the calls of the deploy and of the way back; and an adoption."""
import os
import unittest

import killing
from campaign import BACK, DEPLOY, Campaign
import worlds  # noqa: F401  puts the harness on the path
import harness
from every_place import Stores
from worlds import KIND, OLD, OLD_SECRET, TARGET, World, must

STEP = int(os.environ.get("KEYBATON_CRASH_STEP", "1"))


class Places(World):
    def __init__(self):
        self.stores = Stores((OLD, OLD_SECRET))
        super().__init__()

    def config(self, *words, **how):
        names = "id: AWS_ACCESS_KEY_ID, value: AWS_SECRET_ACCESS_KEY"
        self.write("vault.token", "vault-token\n")
        self.write("github.token", "ghp_test\n")
        super().config(*words, **{**how, "extra": f"""\
      - {{name: vault, type: vault-kv2, address: "{self.stores.urls['vault']}", mount: secret, path: app, id: aws_id, value: aws_secret, token_file: ~/vault.token}}
      - {{name: github, type: github-actions, address: "{self.stores.urls['github']}", repository: octo/app, {names}, token_file: ~/github.token}}
"""})

    def remember(self, name):
        super().remember(name)
        self.stores.say("keep " + name)

    def back_to(self, name):
        super().back_to(name)
        self.stores.say("back " + name)

    def remember_both(self):
        must(self.run("rotate", TARGET, "--yes", "--through", "create", "--json").code == 0, "the create")
        self.remember("created")
        must(self.run(*DEPLOY, "--json").code == 0, "the deploy")
        self.remember("deployed")

    def pairs(self):
        """What each place holds; a pair is whole, or the rotation is not at its end."""
        now = self.stores.say()
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        return {(now["vault"]["aws_id"], now["vault"]["aws_secret"]), tuple(now["github"][name] for name in names)}

    def all_hold(self, key):
        pairs = self.pairs()
        must(len(pairs) == 1, "the stores hold different pairs", pairs)
        must(pairs.pop()[0] == key == self.held() == self.env_held(), "a place holds another key", key)
        now = self.stores.say()
        must(now["vault"]["other"] == [1, 2.5] and now["github"]["OTHER"] == "other", "something else was changed")
        verified = self.run("history", "verify", "--json")
        must(verified.json["ok"], verified)

    def close(self):
        self.stores.close()
        super().close()
        must(self.stores.odd == "", self.stores.odd)


def to_the_end(world, words, *, state, key):
    """As the hints say; a closed place whose write was cut short is written once more by itself."""
    said = []
    for _ in range(12):
        run = world.run(*words, "--json")
        said.append(f"{run.code}: {run.err}")
        if run.code == 0:
            break
        must(run.code in (3, 6), "a stop that no kill explains", *said, run)
    rotation = world.rotation()
    must(rotation["state"] == state, rotation["state"], *said)
    world.all_hold(rotation["new_key"] if key is None else key)


def deployed(world):
    to_the_end(world, DEPLOY, state="deployed", key=None)


def rolled_back(world):
    turned = world.rotation()["direction"] == "back"
    to_the_end(world, ("resume", TARGET, "--yes", "--wait") if turned else (*BACK, "--wait"), state="rolled_back", key=OLD)


class HandMade(World):
    """Somebody made a second key by hand and put it into one of two places."""

    def remember_half(self):
        self.made = self.play({"do": "create_key", "account": harness.ACCOUNT, "user": "app"})[0]
        self.write("app.env", f"# the app\n{KIND.env_file(self.made['id'], self.made['secret'])}PORT=80\n")
        self.remember("half")


def adopted(world):
    """Again from the start, where nothing was opened; else as every rotation goes on."""
    words = DEPLOY if world.rotation() else world.adopt
    for _ in range(6):
        run = world.run(*words, "--json")
        if run.code == 0:
            break
        must(run.code in (3, 6), run)
        words = DEPLOY
    must(world.rotation()["state"] == "deployed", world.rotation())
    must(world.held() == world.env_held() == world.made["id"], "a place holds another key")
    must(len(world.rotations()) == 1, "one rotation", world.rotations())
    must(world.keys() == {OLD: "Active", world.made["id"]: "Active"}, world.keys())
    must(world.run("history", "verify", "--json").json["ok"], "the chain")


@unittest.skipIf(killing.traceable(), killing.traceable())
class KilledWhilePlacesAreWritten(unittest.TestCase):
    def whole(self, moment, words, finish):
        campaign = Campaign(moment, words, finish, prepare=Places.remember_both, world=Places)
        self.addCleanup(campaign.close)
        self.killed_everywhere(campaign)

    def killed_everywhere(self, campaign):
        code, points, _, _ = campaign.points(campaign.all[0])
        self.assertIn(code, (0, 3))
        chosen = points[::STEP]
        bad = campaign.run(chosen)
        print(f"{' '.join(campaign.words[:2])}: killed at {len(chosen)} of {len(points)} calls, {len(bad)} ended badly")
        self.assertGreater(len(chosen), 20)
        self.assertFalse(bad, "\n".join(bad[:5]))

    def test_the_deploy_is_brought_to_its_end(self):
        self.whole("created", DEPLOY, deployed)

    def test_an_adoption_is_brought_to_its_end(self):
        campaign = Campaign("half", (), adopted, prepare=HandMade.remember_half, world=HandMade)
        self.addCleanup(campaign.close)
        made = {world.made["id"] for world in campaign.all}
        self.assertEqual(len(made), 1, "every world makes the same key")
        words = ("adopt", TARGET, "--old", OLD, "--new", made.pop(), "--yes", "--through", "deploy")
        campaign.words = words
        for world in campaign.all:
            world.adopt = words
        self.killed_everywhere(campaign)

    def test_the_way_back_is_brought_to_its_end(self):
        self.whole("deployed", BACK, rolled_back)


if __name__ == "__main__":
    unittest.main(verbosity=1)
