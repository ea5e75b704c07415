// Renews what a page shows every two seconds while somebody looks at it.
const EVERY = 2000;

async function renew() {
  if (document.visibilityState === 'visible') {
    try {
      const answer = await fetch(location.href, { cache: 'no-store' });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
        const news = page.getElementById('main');
        const main = document.getElementById('main');
        if (news && main && news.innerHTML !== main.innerHTML) {
          main.replaceChildren(...news.childNodes);
        }
      }
    } catch {
      // The hub does not answer just now: what is shown stays, and it is asked again.
    }
  }
  setTimeout(renew, EVERY);
}

setTimeout(renew, EVERY);
