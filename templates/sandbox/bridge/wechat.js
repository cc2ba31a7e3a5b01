// Stands in for the bridge that WeChat's browser gives to pages. No money moves.
// Set window.sandboxPayer to "fail" or "cancel" for a payer who does not pay.
(function () {
  "use strict";

  function invoke(name, params, callback) {
    if (name !== "getBrandWCPayRequest") {
      callback({ err_msg: name + ":function_not_exist" });
      return;
    }
    const form = new URLSearchParams(params);
    form.set("act", window.sandboxPayer || "pay");
    fetch("{{ till|escapejs }}", { method: "POST", body: form })
      .then((response) => response.json())
      .catch((error) => ({ result: "fail", reason: String(error) }))
      .then(({ result, reason }) =>
        callback({ err_msg: "get_brand_wcpay_request:" + result, err_desc: reason })
      );
  }

  window.WeixinJSBridge = { invoke: invoke };
})();
