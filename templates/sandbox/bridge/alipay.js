// Stands in for the bridge that Alipay's browser gives to pages. No money moves.
// Set window.sandboxPayer to "fail" or "cancel" for a payer who does not pay.
(function () {
  "use strict";

  const codes = { ok: "9000", fail: "4000", cancel: "6001" };

  function call(name, params, callback) {
    if (name !== "tradePay") {
      callback({ error: 1 });
      return;
    }
    const form = new URLSearchParams(params);
    form.set("act", window.sandboxPayer || "pay");
    fetch("{{ till|escapejs }}", { method: "POST", body: form })
      .then((response) => response.json())
      .catch((error) => ({ result: "fail", reason: String(error) }))
      .then(({ result, reason }) => callback({ resultCode: codes[result], memo: reason }));
  }

  window.AlipayJSBridge = { call: call };
})();
