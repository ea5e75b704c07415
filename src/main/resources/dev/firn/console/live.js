// Swaps the page's sections as the server sends newer ones; says so when it has lost touch.
const live = document.getElementById("live");
const source = new EventSource("/console/live");
source.addEventListener("overview", (event) => {
  const news = JSON.parse(event.data);
  for (const [id, html] of Object.entries(news.sections)) {
    const section = document.getElementById(id);
    if (section && section.innerHTML !== html) section.innerHTML = html;
  }
  live.textContent = `live, ${news.now} UTC`;
  live.classList.remove("lost");
});
source.onerror = () => {
  live.textContent = "lost touch with the server; trying again";
  live.classList.add("lost");
};
