// What a log-in page does: it asks for the token of its form, and sends back where the browser came from.
const asked = new URLSearchParams(location.search);
const form = document.querySelector('form');
form.return_to.value = asked.get('return_to') ?? '';
document.getElementById('error').textContent = asked.get('error') ?? '';
fetch('/oauth/login').then((answer) => answer.json()).then(({ formToken }) => {
  form.form_token.value = formToken;
  form.querySelector('button').disabled = false;
});
