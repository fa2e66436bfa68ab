"""What is asked and answered about messages."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from gateway.interfaces.http_api.api_route import ApiAnswer, ApiRequest

MESSAGES_MAX: Final = 1_000  # of one request
TEXT_MAX: Final = 2_000
VARIABLES_MAX: Final = 20
_PRINTED: Final = r"^[^\x00-\x1f\x7f]*$"

Number = Annotated[str, StringConstraints(min_length=1, max_length=24, pattern=r"^[0-9+]+$"), Field(
    description="11 digits, or with +86, 86, 0086; abroad with + or 00 where the account may. 手机号码。",
    examples=["13800138000"],
)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_MAX), Field(
    description="What is sent; the signature is added where the account wants that. 短信内容。",
)]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_PRINTED), Field(
    description="The client's own; comes back with the message. 客户侧编号。",
)]
TemplateName = Annotated[str, StringConstraints(min_length=1, max_length=64), Field(
    description="A filed template of the account. 已报备模板名称。",
)]
Variables = Annotated[
    list[Annotated[str, StringConstraints(max_length=500)]],
    Field(max_length=VARIABLES_MAX, description="What stands in the template's places, in order. 模板变量，按顺序。"),
]


class OneMessage(ApiRequest):
    """One message with its own text, or its own variables of the request's template."""

    to: Number
    text: Text | None = None
    variables: Variables | None = None
    reference: Reference | None = None


class SendMessages(ApiRequest):
    """One text to one or many numbers (`to`), or each its own (`messages`): exactly one of the two.

    The text is written (`text`), or made of a filed template (`template`, `variables`).
    """

    to: Annotated[
        Number | Annotated[list[Number], Field(min_length=1, max_length=MESSAGES_MAX)] | None,
        Field(description=f"A number, or up to {MESSAGES_MAX}. 号码，最多 {MESSAGES_MAX} 个。"),
    ] = None
    messages: Annotated[
        list[OneMessage] | None,
        Field(min_length=1, max_length=MESSAGES_MAX, description="A text or variables for each number. 逐号内容。"),
    ] = None
    text: Text | None = None
    template: TemplateName | None = None
    variables: Variables | None = None
    signature: Annotated[
        str | None,
        StringConstraints(min_length=1, max_length=30, pattern=r"^[^【】\s]+$"),
        Field(description="Written in front, without 【】; by default the account's. 签名（不含【】）。"),
    ] = None
    message_class: Annotated[
        Literal["triggered", "batch"] | None,
        Field(
            alias="class",
            description="Asked for by the user, or not (S0-1.2); by default the account's. 短信类别。",
        ),
    ] = None
    service_code: Annotated[
        str | None, StringConstraints(pattern=r"^[0-9]{1,20}$"),
        Field(description="A code of the account; by default its first. 接入码。"),
    ] = None
    extension: Annotated[
        str | None, StringConstraints(pattern=r"^[0-9]{1,19}$"), Field(description="Digits behind it. 扩展码。"),
    ] = None
    service_id: Annotated[
        str | None, StringConstraints(min_length=1, max_length=10, pattern=_PRINTED),
        Field(description="A business of the account, as CMPP's Service_Id. 业务代码。"),
    ] = None
    deliver_at: Annotated[
        AwareDatetime | None, Field(strict=False, description="Not before; with an offset. 定时发送时间（含时区）。"),
    ] = None
    expires_at: Annotated[
        AwareDatetime | None, Field(strict=False, description="Not after; with an offset. 有效期截止（含时区）。"),
    ] = None
    flash: Annotated[bool, Field(description="Shown at once and kept by nobody. 闪信。")] = False
    receipt: Annotated[
        Literal["final", "failure", "success", "none"], Field(description="Which receipts are owed. 需要的状态报告。"),
    ] = "final"
    callback: Annotated[
        str | None, StringConstraints(min_length=1, max_length=500, pattern=r"^[\x21-\x7e]+$"),
        Field(description="Id or URL of the callback that receipts go to; by default the account's. 回调编号或地址。"),
    ] = None
    reference: Reference | None = None


class RefusedMessage(ApiAnswer):
    """Why one message is refused; as the problem of a request, but for its type and errors."""

    title: str
    status: int
    key: str
    clause: str | None
    reason: str | None = None


class AnsweredMessage(ApiAnswer):
    """What became of one message, in the order of the request."""

    to: str
    id: Annotated[str, Field(description="Decimal; also of a refused one, for enquiries. 短信编号。")]
    state: Annotated[str, Field(description="accepted, scheduled, under_review, refused")]
    segments: Annotated[int | None, Field(description="Billed. 计费条数。")] = None
    charge: Annotated[str | None, Field(description="Yuan that are held. 冻结金额（元）。")] = None
    release_at: Annotated[str | None, Field(description="Where it waits for its hour. 计划发送时间。")] = None
    reference: str | None = None
    problem: RefusedMessage | None = None


class AnsweredMessages(ApiAnswer):
    """201: all are accepted and stored. 207: some are, the others say why not."""

    accepted: int
    refused: int
    messages: list[AnsweredMessage]


class MessageShown(ApiAnswer):
    """A message as it stands now."""

    id: str
    to: str
    state: Annotated[str, Field(
        description="waiting, scheduled, under_review, sent, delivered, failed, expired, cancelled, rejected, unknown,"
        " refused"
    )]
    stat: Annotated[str | None, Field(description="The word of its receipt. 状态报告。")] = None
    error: Annotated[str | None, Field(description="The code of its failure. 错误码。")] = None
    service_code: str | None = None
    message_class: Annotated[str | None, Field(alias="class")] = None
    segments: int | None = None
    charge: str | None = None
    accepted_at: str | None = None
    release_at: str | None = None
    ended_at: str | None = None
    reference: str | None = None
    problem: RefusedMessage | None = None


class AskQuote(ApiRequest):
    """A text, or a filed template with variables, that is judged and not sent."""

    text: Text | None = None
    template: TemplateName | None = None
    variables: Variables | None = None
    signature: Annotated[str | None, StringConstraints(min_length=1, max_length=30, pattern=r"^[^【】\s]+$")] = None
    message_class: Annotated[Literal["triggered", "batch"] | None, Field(alias="class")] = None
    at: Annotated[
        AwareDatetime | None, Field(strict=False, description="When it would be submitted; by default now. 提交时间。"),
    ] = None
    count: Annotated[int, Field(ge=1, le=1_000_000, description="Copies. 条数。")] = 1


class Quoted(ApiAnswer):
    """What would happen to the text: `hongyan quote --json` says the same, with more of the contract's inside."""

    verdict: Annotated[str, Field(description="accept, hold, refuse")]
    key: str | None
    clause: str | None
    reason: str | None
    final_text: str
    encoding: str
    characters: int
    segments: Annotated[int, Field(description="Billed, of one copy. 单条计费条数。")]
    unit_price: str
    count: int
    charge: Annotated[str, Field(description="Yuan, of all copies. 合计（元）。")]
    release_at: str | None = None


class Balance(ApiAnswer):
    """The money of the account, in yuan as decimal texts."""

    account: str
    available: str
    held: str
    currency: str
    is_suspended: bool
    as_of: str


