"""The language of tables: English, or Chinese by `--lang zh` or a Chinese locale. JSON is the same in both.

`HEADINGS` are keys of documents as people read them, `VALUES` the words that stand in them. What has no row here is
shown as it is: a name, a number, somebody's own words.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Final, Literal

Language = Literal["en", "zh"]
CHOSEN: Final[ContextVar[Language | None]] = ContextVar("language", default=None)
_LOCALE: Final = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set counts, as everywhere


def language(environ: Mapping[str, str] = os.environ) -> Language:
    """Return the language that was asked for, else that of the locale, else English."""
    locale = next((environ[name] for name in _LOCALE if environ.get(name)), "")
    return CHOSEN.get() or ("zh" if locale.lower().startswith("zh") else "en")


def heading(key: str) -> str:
    """Return a key as people read it; units that are written out in the value are left away."""
    plain = key.removesuffix("_hao").removesuffix("_ms")
    known = HEADINGS.get(plain) if language() == "zh" else None
    return known or plain.replace("_", " ")


def value_word(value: str) -> str:
    return VALUES.get(value, value) if language() == "zh" else value


def _pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


HEADINGS: Final = _pairs("""
    cursor 游标 looked_back_to 已查至
    consent_missing 缺少同意 kill 停用内容 ledger 账簿 original_rate 原速率 relapses 复发次数 sha256 摘要
    stopped_at 停用时间 stopped_by 停用人 switch 开关 type 类型 code_page 编码 credit_code 统一社会信用代码
    first_seen 首次出现 reply 答复 window 窗口 carriers 运营商 quota 配额 unprovable 无法举证 payment 付款
    learnt_rate 学得速率 congested 拥塞 accepted 受理 accepted_at 受理时间 account 账户 accounts 账户 action 操作
    actor 操作人 added 新增 added_at 加入时间 addresses 地址 adjusted_rate 调整速率 after 之后 after_h 小时后
    agreed_rate 约定速率 allowed_answer_hours 答复时限（小时） allowed_hours 允许时长（小时）
    allowed_repair_hours 允许修复（小时） amount 金额 answer 答复 answered_at 答复时间 applied 已生效
    arrived_at 到达时间 as_of 截至 at 时间 authority 机关 auto_confirmed_on 视为确认日 available 可用余额
    balance 结余 base_fee 基本费 basis 依据 batch 批次 batches 批次 before 之前 began_at 发生时间 bill_by 账单期限
    billed 计费条 billed_segments 计费条 binds 登录数 blocks 块 booked 已入账 by 操作人 carried_in 上期结转
    carried_over 结转下期 carrier 运营商 carrier_id 运营商编号 cause 原因 change 变更 changed 已变更 changes 变更
    channel 通道 channels 通道 characters 字符 charge 费用 charge_after 变更后费用 charge_before 变更前费用
    charged 扣费 charged_segments 收费条 check 核对 class 类别 clause 条款 clauses 条款 client 客户
    client_segments 客户分条 closing 期末结余 code 接入码 complained_at 投诉时间 complaints_since 投诉起算
    complaints_week 本周投诉 confirm_by 确认期限 confirmed_at 确认时间 consent 同意 content 内容 contract 合同
    contract_document 合同文本 contract_title 合同名称 contracts 合同 count 数量 counting 计入 counts 计入
    credit 额度 credits 剩余条数 customers 客户 date 日期 dates 日期 day 日期 days 天数 delivered 成功
    destination 目的号码 detail 说明 details 说明 difference 差异 differences 差异 differs_in 变动项 digest 摘要
    disputed 争议数 disputed_amount 争议金额 document 文件 done_at 完成时间 done_by 完成人 draws 取用 dry_run 试算
    due 付款期限 due_at 截止时间 due_on 截止日 duplicate_of 重复于 duplicates 重复 encoding 编码 ended_at 结束时间
    ended_messages 已终止短信 ended_segments 已终止分条 ends_by 结束期限 entries 分录 entry 分录 error 错误码
    event 事件 events 事件 evidence 凭证 evidence_ref 凭证编号 evidence_time 凭证时间 evidence_type 凭证类型
    exact 精确金额 fact 事项 faults 故障 file 文件 filings 报备 final 最终 final_by 最终期限 final_text 最终内容
    findings 问题 first 首次 from 自 full_rate_on 恢复原速率日 has_udh 含头 hash 哈希 head 链头 held 冻结
    hold 冻结编号 hours 小时 id 编号 in_flight 未应答 in_force 现行 in_force_from 生效时间 incident 事件
    incidents 中断 included 含条数 incurred 已发生金额 invoiced 已开票 is_charged 是否计费 is_complete 是否完整
    is_equal 是否一致 is_late 是否逾期 is_new 是否新增 is_open 未结 is_proved 已举证 is_within 是否达标
    isolated 隔离 key 拒绝原因 kind 种类 known 已知 label 标签 last_day 最后一日 last_submit 末次提交
    late_answers 超时答复 late_days 逾期天数 late_fee 滞纳金 late_fee_entry 滞纳金分录 left 剩余 lifted_at 解除时间
    lifted_by 解除人 limit 限额 limited_by 限速依据 line 项目 lines 费用明细 link 链路 list 名单 listed 明细
    live_rate 当前速率 login 登录名 longest_answer_hours 最长答复（小时） longest_hours 最长（小时） lot 批次
    lots 批次 made_at 生成时间 made_by 生成人 may_be_used 可否使用 mean_hours 平均（小时）
    mean_repair_hours 平均修复（小时） means 方式 message 短信编号 messages 条数 missing 缺失 mo_opt_in 上行定制
    month 月份 months 月数 name 名称 needs_rectification 需整改 network 网络 new 新 next_check 下次检查 note 备注
    noted_at 记录时间 notes 备注 notices 通知 now 现在 number 号码 numbers 号码数 octets 字节 open 未结
    opening 期初结余 opens 开始 order 指令 orders 指令 outcome 结果 overage 超出条 overage_price 超出单价 owed 应付
    package 套餐 packages 套餐 paid_in 本期充值 papers 材料 part 部分 parts 分条 payer 付款方 per_s 每秒 phrase 短语
    pool 额度池 port 端口 ports 端口 price 价格 price_change 调价方式 price_version 计价版本 problem 问题 proof 证明
    proofs 证明 provider 服务方 province 省份 purge_from 可清除日 quantity 数量 queue 排队 rate 速率 read 读取
    reason 事由 receipts 状态报告 recheck_by 复核期限 recorded_at 登记时间 ref 编号 reference 编号
    refundable 可退金额 refunded 本期退款 refused 被拒 regime 名单制度 release_at 可发送时间 released 已释放
    removed 移除 removed_at 移除时间 removed_by 移除人 renewed 更新 repair_hours 修复（小时） repairs 修复
    reply_by 答复期限 report 报告 rescind_from 可解约日 restarts 重新起算 result 结果 returned 退回
    rows 行数 rule 规则 scope 范围
    segments 分条 segments_after 变更后分条 segments_before 变更前分条 sent 已发 sent_at 发送时间 sent_by 发送人
    sent_on 发送日 served_on 送达日 service 业务 service_codes 接入码 service_id 业务代码 sessions 会话
    settled 认定数 settled_amount 认定金额 share_percent 占比（%） side 方 sides 各方 signature 签名 signatures 签名
    since 起始 source 来源 spoiled 受损条 stage 阶段 started_at 开始时间 state 状态 statement 对账单日期
    states 按状态 status 状态码 subject 事由 submitted 已提交 success_percent 成功率（%） suspended 已停用 task 任务
    tasks 任务 template 模板 text 内容 tickets 投诉单 time 时间 timeline 变化 title 标题 to 至 today 今日 total 合计
    travel_hours 路途（小时） truth 复核结果 unanswered 未答复 under_way 进行中 unit 单位 unit_price 单价
    unknown 状态未知 unproved 未举证 until 截止 uploader 上传人 valid_from 起用时间 value 金额 verdict 裁决
    verdicts 裁决 version 版本 versions 版本 waited 等待过 warnings 提醒 what 事项 wire 协议 wire_segments 通道条
    words 说明 worth 价值 others 其他投诉 index 序号 destinations 目的号码 term_clause 期限条款 bind 登录
    answers 应答 margin 余量 phones 电话 links 链接 path 路径 accepted_by 受理依据 carrier_segments 通道分条
    contracted 约定数量 price_yuan 价格 evidence_id 凭证号 client_id 客户编号 category 类别 tag 标签 term 期限
    clients 客户 operation 操作 summary 用途 may_run_offline 可离线执行 sending 发送编号 effect 效力
    attempts 次数 planned_at 生成时间 recipient 收件人
    user 用户名 role 角色 is_disabled 已停用 has_second_factor 二次验证 created_by 创建人
    token 令牌 tokens 令牌 scopes 权限
    ending 尾号 created_at 创建时间 expires_at 到期时间 replaces 替换
    url 地址 kinds 内容 batch_max 单次最多事件 why 原因 old_secret_until 旧密钥有效至 failed_calls 连续失败次数
    failing_since 失败自 next_call_at 下次回调 secret 密钥 callbacks 回调 is_own 自设密码
""")

VALUES: Final = {"open: calendar": "待定（日历未覆盖）"} | _pairs("""
    SENT 已发送 CONFIRMED 已确认 AUTO_CONFIRMED 视为确认 DISPUTED 有争议 open 未结 due 临期 overdue 逾期 done 完成
    closed 已结 up 正常 down 中断 lapsed 已失效 batch 批量下发类 triggered 触发类 messages 短信费
    monthly_fee 月租及基本费 charge 其他收费 credit 减免 credits 额度 violation_charge 违规扣费 void 额度失效
    damages 违约金（客户） penalty 违约金（服务方） makeup 补发 rebate 超量退回 late_fee 滞纳金 recheck 复核差额
    correction 更正 top_up 充值 refund 退款 settle 结算 release 释放 expire 到期释放 DELIVRD 成功 UNDELIV 失败
    EXPIRED 过期 REJECTD 被拒 DELETED 已取消 UNKNOWN 状态未知 PARTIAL 部分成功 OPEN 未终结 NORMAL 正常
    REDUCED 已降速 LIMITED2 限每秒2条 SUSPENDED 已停用 HALF_AFTER_2 恢复至50% QUARTER_AFTER_2 恢复至25%
    HALF_AFTER_SUSPEND 停用后50% fault 故障 other 其他 client 客户 provider 服务方 carrier 运营商 network 网络
    unknown 未知 whitelist 白名单 blacklist 黑名单 unsubscribed 退订 ported 携号转网 protected 保护清单
    nine_forbidden 九不准 five_kinds 五大类 unsolicited 未经同意 hotline 热线 confirmed 已确认 disputed 有异议
    invoiced 已开票 paid 已付款 superseded 已被新版取代 auto_confirmed 视为确认 rechecked 已复核 agreed 按约定
    trial 试用 waiting 等待 claimed 已认领 refused 拒绝 accepted 受理 STATEMENT 对账单 BILL 账单与发票
    CONFIRM 待答复 RECHECK 复核 PAYMENT 付款 RESCIND 可解约 TERM_60 期满60天 TERM_30 期满30天 TERM_END 期满
    RENEWAL_REMINDER 续约提醒 LICENCE 证照到期 VIOLATION_NOTICE 违规报告 AUTHORITY_REPORT 报主管机关
    SIGNATURE_WARNING 签名提醒 SUSPEND_SUGGESTION 停用建议 BREACH_EXERCISE 解约权期限 BREACH_LAPSE 解约权消灭
    CURE 整改期限 INSOLVENCY 破产期限 COMPLAINT_REPLY 投诉答复 CARRIER_REPLY 运营商答复 QUERY_REPLY 咨询答复
    SUSPENSION_NOTICE 停用告知 FAULT_REPAIR 故障修复 CARRIER_PROOF 运营商证明 SELF_CHECK 安全自查
    REGISTRATION_NOTICE 资料变更通知 BANK_NOTICE 账户变更通知 INTERFACE_NOTICE 接口变更通知
    MAINTENANCE_NOTICE 维护通知 SERVICE_CHANGE 业务变更 TOP_UP_REQUEST 预付款请求 CAP_NOTICE 封顶通知
    SERVICE_END 服务终止 CALENDAR 工作日历 NOTICE 通知 DISCLOSURE_NOTICE 披露告知 FORCE_MAJEURE_TALKS 不可抗力协商
    FORCE_MAJEURE_END 不可抗力终止 email 邮件 by_hand 人工送达 notice 正式通知 courtesy 提前告知 information 告知
    sent 已发送 delivered 已送达 given_up 已放弃 bounced 退回 given 已人工送达 low_balance 余额不足 renewal 续约提醒
    price 价格调整 arrears 欠费停用 late_payment 逾期停用 cap 封顶告知 credits_expire 条数到期 port 端口通知
    incident 中断 incident_over 中断恢复 duty 待办 duty_overdue 逾期待办 not_sent 通知未送达
    live 有效 revoked 已吊销 expired 已到期
""")
