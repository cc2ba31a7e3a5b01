// The open checkout page: counts down, asks now and then whether anything changed, and starts the
// payment inside an app. Without it the page works by its links, forms and a refresh.
(() => {
  "use strict";
  const page = document.getElementById("page");
  if (!page) return;
  const words = document.getElementById("words").dataset;
  const { state, stamp, status, launch } = page.dataset;
  // A page that is on its way to another one must not be called back by its own reload.
  let leaving = false;
  let comeBack = 0;
  const leave = (left) => {
    leaving = left;
    clearTimeout(comeBack);
    if (left) comeBack = setTimeout(() => leave(false), 30000);
    else for (const form of document.querySelectorAll("form")) delete form.dataset.sent;
  };
  const reload = () => leaving || location.replace(page.dataset.page);

  // --- Countdowns --------------------------------------------------------------------------------
  const clockText = (seconds) => {
    const pad = (n) => String(n).padStart(2, "0");
    const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    return h ? `${h}:${pad(m)}:${pad(s)}` : `${pad(m)}:${pad(s)}`;
  };
  // Seconds from now: what time a phone believes it is does not matter.
  const begun = Date.now();
  const countdowns = [...document.querySelectorAll("[data-seconds]")].map((node) => ({
    node,
    end: begun + 1000 * Number(node.dataset.seconds),
    over: false,
  }));
  const tick = () => {
    for (const one of countdowns) {
      const left = Math.ceil((one.end - Date.now()) / 1000);
      one.node.textContent = left > 0 ? clockText(left) : one.node.dataset.done || "00:00";
      if (left <= 0 && !one.over && "reload" in one.node.dataset) {
        one.over = true;
        setTimeout(reload, 1000 + 4000 * Math.random());
      }
    }
  };
  if (countdowns.length) {
    tick();
    setInterval(tick, 1000);
  }

  // --- Did anything change? ----------------------------------------------------------------------
  // Often right after something was begun, ever more seldom afterwards, not at all while hidden; who
  // comes back to the page is answered at once. Seconds between looks; the last goes on.
  const STEPS = {
    waiting: [2, 2, 3, 3, 5, 5, 8, 8, 10, 15, 20, 30, 30, 30, 60, 60, 60, 60, 60, 60, 60, 120],
    choose: [10, 30, 60, 120],
    paid: [3, 10, 60, 120],
    closed: [3, 5, 10, 20, 60, 120],
    expired: [3, 5, 10, 20, 60, 120],
  };
  const steps = STEPS[state] || [60, 120];
  let asked = 0;
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    const seconds = steps[Math.min(asked, steps.length - 1)];
    timer = setTimeout(ask, 1000 * seconds * (0.9 + 0.2 * Math.random()));
  };
  const ask = async () => {
    if (document.hidden || leaving) return;
    asked += 1;
    try {
      const answer = await fetch(status, { cache: "no-store", credentials: "omit" });
      if (answer.ok && (await answer.json()).stamp !== stamp) return reload();
    } catch {
      // Offline for a moment: the next turn asks again.
    }
    later();
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    asked = 0;
    ask();
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    leave(false);
    ask();
  });
  later();
  // What is out of order may work again, which no stamp tells.
  if (page.dataset.retry) setTimeout(reload, 1000 * Number(page.dataset.retry) * (1 + 0.2 * Math.random()));
  // What was said once is not said again after a reload.
  if (location.search) history.replaceState(null, "", page.dataset.page);

  // --- One press is enough -----------------------------------------------------------------------
  for (const form of document.querySelectorAll("form")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) return event.preventDefault();
      form.dataset.sent = "yes";
      leave(true);
      const button = form.querySelector("button");
      if (button) button.setAttribute("aria-busy", "true");
      said(words.wait);
    });
  }
  for (const link of document.querySelectorAll("a[data-way]")) {
    link.addEventListener("click", () => leave(true));
  }

  // --- Paying inside an app ----------------------------------------------------------------------
  function said(text) {
    const node = document.getElementById("said");
    if (node && text) node.textContent = text;
  }
  const soon = () => {
    asked = 0;
    ask();
  };
  const inApp = (bridge, ready, start) => {
    if (window[bridge]) start();
    else document.addEventListener(ready, start, { once: true });
  };
  const LAUNCHES = {
    wechat_jsapi: (params) =>
      inApp("WeixinJSBridge", "WeixinJSBridgeReady", () => {
        window.WeixinJSBridge.invoke("getBrandWCPayRequest", params, (answer) => {
          const message = String(answer.err_msg || "");
          if (message.endsWith(":cancel")) said(words.cancelled);
          else if (message.endsWith(":fail")) said(words.failed);
          soon();
        });
      }),
    alipay_trade: (params) =>
      inApp("AlipayJSBridge", "AlipayJSBridgeReady", () => {
        window.AlipayJSBridge.call("tradePay", { tradeNO: params.trade_no }, (answer) => {
          const code = String(answer.resultCode || "");
          if (code === "6001") said(words.cancelled);
          else if (code === "4000") said(words.failed);
          soon();
        });
      }),
  };
  const button = document.getElementById("launch");
  if (button && LAUNCHES[launch]) {
    const start = () => {
      said(words.paying);
      LAUNCHES[launch](JSON.parse(page.dataset.params));
    };
    button.addEventListener("click", start);
    if (page.dataset.begun) start();
  }
})();
