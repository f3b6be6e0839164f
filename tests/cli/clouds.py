"""The kinds of cloud that every suite runs over, and all in which they differ, as data: KEYBATON_TEST_CLOUD chooses."""
import dataclasses
import json
import os
import re


@dataclasses.dataclass(frozen=True)
class Kind:
    name: str  # of `provider` in the config
    partition: str
    account: str
    foreign_account: str
    user_arn: str
    user_ids: dict
    region: str
    endpoints: tuple  # the names that an account of the config may give
    key_prefix: str
    key_tail: int  # characters after the prefix
    key_pattern: str  # of a key that the cloud makes
    secret_size: int
    file: str  # where the vendor's tools keep credentials
    file_type: str  # the kind of location that this is
    section: str  # of that file; without one it is the JSON of a command line
    env_id: str
    env_secret: str
    role_profile: tuple  # a second profile, as (file, text)
    service: str  # whose use a consumer makes
    shown_service: str | None  # what last-used says of it
    actions: str  # how a policy names the user calls: "iam:…"
    no_permission: str
    expired: str
    activate: str  # the vendor's command, with KEY for the key
    deactivate: str
    delete: str
    as_aws: tuple  # its commands in the words of the first one: (pattern, replacement)
    after_delete: str  # what is said before it
    reply_cuts: tuple  # bytes of the body within a reply to a create, the first ones within any
    has_bin: bool = False  # a deleted key can come back for a while
    misleading: dict = dataclasses.field(default_factory=dict)  # an environment that speaks of somebody else
    endpoint_variable: str = ""  # of the environment, for an account without a config

    @property
    def directory(self):
        return self.file.split("/")[0]

    def key(self, word):
        return self.key_prefix + (word * self.key_tail)[:self.key_tail - 1] + "1"

    def secret(self, word):
        return (word * self.secret_size)[:self.secret_size - 1] + "1"

    def account_entry(self, url, more=""):
        provider = "" if self.name == "aws" else f"provider: {self.name}, "  # AWS goes without saying
        endpoints = ", ".join(f'{name}: "{url}"' for name in self.endpoints)
        return f"{{{provider}profile: admin, region: {self.region}, endpoints: {{{endpoints}}}{more}}}"

    def env_file(self, key, secret):
        return f"{self.env_id}={key}\n{self.env_secret}={secret}\n"

    def credentials(self, pairs):
        """The whole file of the vendor's tools: profile -> (id, secret)."""
        if self.section:
            return "".join(self.section.format(name=name, id=key, secret=secret)
                           for name, (key, secret) in pairs.items())
        profiles = [{"name": name, "mode": "AK", "access_key_id": key, "access_key_secret": secret}
                    for name, (key, secret) in pairs.items()]
        return json.dumps({"current": "", "profiles": profiles}, indent="\t") + "\n"

    def pair_in(self, text, profile):
        """What credentials() put there; None where it does not stand."""
        if not self.section:
            found = [each for each in json.loads(text)["profiles"] if each["name"] == profile]
            return (found[0]["access_key_id"], found[0]["access_key_secret"]) if len(found) == 1 else None
        pattern = re.escape(self.section).replace(r"\{name\}", re.escape(profile))
        pair = re.search(pattern.replace(r"\{id\}", r"(\S+)").replace(r"\{secret\}", r"(\S+)"), text)
        return pair and pair.groups()

    def seed(self, users, **options):
        """A state for the simulated cloud in which nothing is late and nothing coarse."""
        exact = {"granularity_ms": 0, "acs_granularity_ms": 0, "lag_ms": 0, "propagation_ms": 0}
        return {"options": {**exact, **options},
                "accounts": [{"id": self.account, "partition": self.partition, "users": users}]}


AWS = Kind(
    name="aws", partition="aws", account="123456789012", foreign_account="210987654321",
    user_arn="arn:aws:iam::{account}:user/{user}",
    user_ids={"admin": "AIDAADMINADMINADMIN11", "app": "AIDAAPPAPPAPPAPPAPP11"},
    region="us-east-1", endpoints=("iam", "sts"),
    key_prefix="AKIA", key_tail=16, key_pattern=r"AKIA[A-Z2-7]{16}", secret_size=40,
    file=".aws/credentials", file_type="aws-credentials-file",
    section="[{name}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n\n",
    env_id="AWS_ACCESS_KEY_ID", env_secret="AWS_SECRET_ACCESS_KEY",
    role_profile=(".aws/config", "[profile ops]\nrole_arn = arn:aws:iam::1:role/ops\nsource_profile = dev\n"),
    service="s3", shown_service="s3", actions="iam",
    no_permission="AccessDenied", expired="ExpiredToken",
    activate="aws iam update-access-key .*KEY --status Active",
    deactivate="aws iam update-access-key .*KEY --status Inactive",
    delete="aws iam delete-access-key .*KEY", after_delete="after this there is no way back",
    reply_cuts=(0, 1, 60, 200, 300, 400),
    as_aws=(), misleading={"AWS_PROFILE": "app", "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_REGION": "eu-west-9"},
    endpoint_variable="AWS_ENDPOINT_URL")

ALIBABA = Kind(
    name="alibaba", partition="acs", account="1234567890123456", foreign_account="2109876543210987",
    user_arn="acs:ram::{account}:user/{user}",
    user_ids={"admin": "200000000000000001", "app": "200000000000000002"},
    region="cn-hangzhou", endpoints=("ram", "sts", "ims", "actiontrail", "kms"),
    key_prefix="LTAI5t", key_tail=18, key_pattern=r"LTAI5t[A-Za-z0-9]{18}", secret_size=30,
    file=".alibabacloud/credentials", file_type="alibaba-credentials-file",
    section="[{name}]\ntype = access_key\naccess_key_id = {id}\naccess_key_secret = {secret}\n\n",
    env_id="ALIBABA_CLOUD_ACCESS_KEY_ID", env_secret="ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    role_profile=(".aliyun/config.json",
                  '{"profiles": [{"name": "ops", "mode": "ChainableRamRoleArn", "source_profile": "dev", '
                  '"ram_role_arn": "acs:ram::1:role/ops"}]}'),
    service="ecs", shown_service=None, actions="ram",
    no_permission="NoPermission", expired="InvalidSecurityToken.Expired",
    activate="aliyun ram UpdateAccessKey .*KEY --Status Active",
    deactivate="aliyun ram UpdateAccessKey .*KEY --Status Inactive",
    delete="aliyun ram DeleteAccessKey .*KEY", after_delete="a rollback can bring it back from the recycle bin",
    reply_cuts=(0, 1, 20, 40, 120, 180),
    as_aws=((r"aliyun ram UpdateAccessKey --UserName app", "aws iam update-access-key --user-name app"),
            (r"aliyun ram DeleteAccessKey --UserName app", "aws iam delete-access-key --user-name app"),
            (r"aliyun ram CreateAccessKey --UserName app", "aws iam create-access-key --user-name app"),
            (r"--UserAccessKeyId", "--access-key-id"), (r"--Status", "--status"),
            (r"--profile admin --endpoint ", "--profile admin --region us-east-1 --endpoint-url http://")),
    has_bin=True,
    misleading={"ALIBABA_CLOUD_PROFILE": "app", "ALIBABA_CLOUD_REGION_ID": "eu-west-9"})

# The same cloud, where the key lives in the file of its command line.
ALIBABA_COMMAND = dataclasses.replace(ALIBABA, file=".aliyun/config.json", file_type="alibaba-cli-config", section="")

KINDS = {"aws": AWS, "alibaba": ALIBABA, "alibaba-command": ALIBABA_COMMAND}
KIND = KINDS[os.environ.get("KEYBATON_TEST_CLOUD", "aws")]
