"""A rotation that somebody began by hand, taken over at a terminal: what is known is shown before anything is asked."""
from pseudo_terminal import KIND, OLD, TerminalCase, main


class Adopt(TerminalCase):
    def test_both_keys_and_what_each_place_holds_are_shown_before_the_first_question(self):
        cloud = self.cloud()
        spare = cloud.play({"do": "create_key", "account": KIND.account, "user": "app"})[0]
        cloud.write("app.env", KIND.env_file(spare["id"], spare["secret"]))
        person = self.at_terminal(cloud, "adopt", "sim/app", "--old", OLD, "--new", spare["id"])
        person.sees(r"Plan: rotate sim/app")
        person.sees(rf"old key  {OLD}")
        person.sees(rf"new key  {spare['id']}, its secret proven by a call")
        person.sees(r"\n  deploy ")
        person.sees(rf"laptop .* {OLD}")
        person.sees(rf"service .* {spare['id']}")
        person.sees(rf"Write the new key {spare['id']} to its locations")
        person.sees(r"Go on\? \[y/N\] $")
        self.assertNotIn("\n  create ", person.plain)
        self.assertNotIn(spare["secret"][:12], person.text)
        person.enters("n")
        person.ends(4)
        self.assertIn(OLD, cloud.credentials.read_text())


if __name__ == "__main__":
    main()
