"""Names and words that people enter in the walks: they stand on pages of either language."""

from paycenter.sandbox_seed import COMPANY

GROUP, SHORT, PROJECT, APPLICATION = "阳光集团", "阳光物业", "阳光花园", "物业收费系统"
"""The sandbox's first customer, whose company is ``COMPANY``."""
MAKER, CHECKER = "chenmin", "wangfang"
"""Two people of the company's finance: one asks, the other decides."""

OTHER_GROUP, OTHER_COMPANY, OTHER_SHORT = "锦绣集团", "锦绣物业服务有限公司", "锦绣物业"
COLLECTOR = "锦绣收费系统"
"""The company in which something waits in every list of work."""

TOO_MUCH, MOVED_OUT, NEXT_DAY = "多收了一个月停车费", "业主退租", "渠道次日账单中有这一笔"
CHECKED, FOUND = "已核对收据", "商户平台显示已退款"
"""What people wrote."""
POOR = "商户余额不足"
"""What a channel said."""

DATA = (
    COMPANY,
    GROUP,
    SHORT,
    PROJECT,
    APPLICATION,
    OTHER_GROUP,
    OTHER_COMPANY,
    OTHER_SHORT,
    COLLECTOR,
    MAKER,
    CHECKER,
    TOO_MUCH,
    MOVED_OUT,
    NEXT_DAY,
    CHECKED,
    FOUND,
    POOR,
    "operator",
    "sandbox-app",
    # What ``tests.admin`` gives its rows.
    "author",
    # An application's own kinds of fees.
    "parking",
    "余额不足",
    "停车费多收",
    "11月物业费",
    "物业费",
    "停车费",
    "微信收款",
    "证书更换",
    "服务费",
    "管理费",
    "保洁公司",
    "保安公司",
    "总部",
    "微信支付",
    "支付宝",
    "易支付",
)
